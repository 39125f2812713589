"""Where reading of a log stopped: told by what stands there, not by the file's name or number, which rotation changes."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitops_breakglass.model.use import Coverage, Mark
from gitops_breakglass.model.window import parse_time, print_time

FORMAT = 1


@dataclass(frozen=True)
class Position:
    """A place in a log: the file by the hash of its first line, how many bytes of it were read, and the hash of the last of them.

    Bytes are counted as they were written, also where the file was compressed since.
    """

    file: str
    offset: int
    tail: str


@dataclass(frozen=True)
class State:
    """What is kept between runs: where reading goes on, and how far the log is proved to be whole."""

    position: Position | None = None
    coverage: Coverage = field(default_factory=Coverage)


def load(path: Path) -> State:
    """Return what was kept; one that is not there or can't be read is none, and reading begins anew."""
    try:
        return _read(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return State()


def save(path: Path, state: State) -> None:
    """Keep it, whole or not at all. Raises OSError where the file can't be written."""
    position, coverage = state.position, state.coverage
    data = {
        "format": FORMAT,
        "position": None if position is None else vars(position),
        "since": None if coverage.since is None else print_time(coverage.since),
        "until": None if coverage.until is None else print_time(coverage.until),
        "pending": [{"at": print_time(mark.at), "id": mark.audit_id} for mark in coverage.pending],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(data, file)
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _read(data: Mapping[str, Any]) -> State:
    if data["format"] != FORMAT:
        return State()
    found = data["position"]
    position = None if found is None else Position(str(found["file"]), int(found["offset"]), str(found["tail"]))
    since, until = (None if data[name] is None else parse_time(data[name]) for name in ("since", "until"))
    pending = tuple(Mark(parse_time(each["at"]), str(each["id"])) for each in data["pending"])
    return State(position, Coverage(since, until, pending))
