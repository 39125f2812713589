"""Reads the documents that a command is handed, one by one: a YAML stream, JSON, or JSON lines, of bounded size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from gitops_breakglass.adapters import yamlfile
from gitops_breakglass.core.yaml.stream import DEEPEST
from gitops_breakglass.model.document import Document, Loaded
from gitops_breakglass.model.document import Path as At
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.finding import Finding, Location

LARGEST_STREAM = 8 * 1024 * 1024
"""Bytes of everything together; each document of YAML may have what a file of the repository may."""
STDIN = "-"
_MARKER = re.compile(rb"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_BLANK = re.compile(r"[ \t\r\n]*")
_NEXT = re.compile(r"\n(?=\{)")
_SHOWN = "(standard input)"


def read_bounded(place: str, stdin: IO[bytes], *, largest: int = LARGEST_STREAM) -> tuple[str, bytes]:
    """Return the name to tell and the bytes of a file, or of standard input for `-`.

    Raises UsageError where it can't be read, or has more than `largest` bytes.
    """
    name = _SHOWN if place == STDIN else place
    try:
        if place == STDIN:
            text = stdin.read(largest + 1)
        else:
            with Path(place).open("rb") as file:
                text = file.read(largest + 1)
    except OSError as error:
        raise UsageError(
            f"{name} can't be read: {error.strerror}", hint="check the name and its permissions"
        ) from error
    if len(text) > largest:
        raise UsageError(f"{name} has more than {largest} bytes", hint="split it: no more is read at a time")
    return name, text


def load_stream(text: bytes, path: str) -> tuple[Loaded, ...]:
    """Return what was read of each document in order: the document, or findings for what it could not be read for.

    What begins with a brace is read as JSON first, where several values may follow one another, in lines of their own or
    not. Empty documents are passed over. Raises UsageError where PyYAML came without libyaml.
    """
    if text.lstrip()[:1] == b"{":
        pieces = tuple(_json(text, path))
        if any(piece.documents for piece in pieces):
            return pieces
    return tuple(piece for piece in _yaml(text, path) if piece.documents or piece.findings)


def _yaml(text: bytes, path: str) -> Iterator[Loaded]:
    # Nothing within a document may begin a line with three dashes, not even in a quoted text.
    cuts = [0, *(match.start() for match in _MARKER.finditer(text)), len(text)]
    above = 0
    for start, end in pairwise(cuts):
        piece = text[start:end]
        loaded = yamlfile.load(piece, path)
        yield _lowered(loaded, above) if above else loaded
        above += piece.count(b"\n")


def _lowered(loaded: Loaded, above: int) -> Loaded:
    return Loaded(
        tuple(replace(each, positions=_Lowered(each.positions, above)) for each in loaded.documents),
        tuple(
            replace(each, location=replace(each.location, line=max(each.location.line, 1) + above))
            for each in loaded.findings
        ),
    )


class _Lowered(Mapping[At, tuple[int, int]]):
    """The positions of a document that has lines above it, found when one is asked for."""

    def __init__(self, positions: Mapping[At, tuple[int, int]], above: int) -> None:
        self._positions = positions
        self._above = above

    def __getitem__(self, path: At) -> tuple[int, int]:
        line, column = self._positions[path]
        return line + self._above, column

    def __iter__(self) -> Iterator[At]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)


def _json(text: bytes, path: str) -> Iterator[Loaded]:
    try:
        characters = text.decode()
    except UnicodeDecodeError:
        # The reader of YAML says where.
        return
    decoder = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)
    at = _skip(characters, 0)
    line, told = 1, 0
    while at < len(characters):
        line += characters.count("\n", told, at)
        told = at
        place = Location(path, line, at - characters.rfind("\n", 0, at))
        try:
            value, end = decoder.raw_decode(characters, at)
        except (ValueError, RecursionError) as error:
            following = _NEXT.search(characters, at)
            yield _refused("json-syntax", f"this is no JSON: {_why(error)}", place)
            at = len(characters) if following is None else following.end()
            continue
        at = _skip(characters, end)
        if not isinstance(value, dict):
            yield _refused("json-syntax", "a document has to be a mapping of fields", place)
        elif _is_deeper(value, DEEPEST):
            yield _refused("yaml-too-deep", f"more than {DEEPEST} levels lie within each other", place)
        else:
            yield Loaded((Document(path, value, {(): (place.line, place.column)}),))


def _skip(characters: str, at: int) -> int:
    found = _BLANK.match(characters, at)
    return found.end() if found else at


def _refused(rule: str, message: str, place: Location) -> Loaded:
    return Loaded((), (Finding(rule, message, place, hint="mend it, or take it out"),))


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]} (line {error.lineno}, column {error.colno})"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(each for each in names if names.count(each) > 1)!r} is given twice")
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _is_deeper(value: Any, most: int) -> bool:
    """Whether there are more levels of mappings and lists; without recursion, whatever the depth."""
    level = [value]
    for _ in range(most):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
