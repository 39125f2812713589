"""Reads what the gate's first stage left behind, which whoever proposed the change may have written: a number, at most."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

from gitops_breakglass.adapters.bundled import folder
from gitops_breakglass.model.errors import UsageError

LARGEST = 1 << 20
"""Bytes; a gate's own answer has a few thousand."""
_NUMBER = re.compile(r"[#!]?[1-9][0-9]{0,9}", re.ASCII)
_BRANCH = re.compile(r"breakglass/[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
"""On the local forge a change is a branch; those of requests have names that nothing else has a meaning in."""
_HINT = "the first stage may have been tampered with: nothing was judged, and nothing said on any change"


def change_in(file: Path) -> str:
    """Return the change that the first stage was about, and nothing else of what it says.

    Raises UsageError, which repeats nothing of the file, where it is no answer of a gate.
    """
    data = _parsed(_content(file))
    try:
        fits = _schema().is_valid(data)
    except ValueError:
        # The validator's own bound on depth.
        fits = False
    change = data.get("change") if fits and isinstance(data, dict) else None
    if not isinstance(change, str) or not (_NUMBER.fullmatch(change) or _BRANCH.fullmatch(change)):
        raise _refused("is no answer of a gate about one change")
    return change


def _content(file: Path) -> bytes:
    try:
        # A link could lead anywhere, and opening a pipe could wait for ever.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise _refused("is no plain file")
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise _refused(f"can't be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise _refused(f"has more than {LARGEST} bytes")
    return content


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _refused("is no JSON") from error


def _refused(problem: str) -> UsageError:
    return UsageError(f"what the first stage left behind {problem}", hint=_HINT)


def _schema() -> Any:
    import jsonschema_rs

    text = (folder("schemas") / "output" / "gate.schema.json").read_text(encoding="utf-8")
    return jsonschema_rs.validator_for(json.loads(text))
