"""Reads an audit log that an API server goes on writing: it grows, is rotated, truncated and compressed meanwhile."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from gitops_breakglass.adapters.audit_log.position import Position
from gitops_breakglass.core.use.events import parse_line
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.use import Batch, Call, Unreadable

MOST_BYTES = 64 * 1024 * 1024
"""How much is read at a time."""
LONGEST_LINE = 8 * 1024 * 1024
"""A line that is longer is skipped: API servers cut their events long before."""
MOST_EXPANDED = 2 * 1024 * 1024 * 1024
"""Of a compressed file no more is read, counted as it was written: each look at it has to begin at its first byte."""
_TOO_LONG = f"a line is cut off, or longer than {LONGEST_LINE >> 20} MiB"
_TOO_MUCH = "a compressed file holds more than is read of one"
_MOST_FILES = 100
_TAIL = 256
_GZIP = b"\x1f\x8b"


class _Bytes(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...
    def readline(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, /) -> int: ...
    def close(self) -> None: ...


@dataclass(frozen=True)
class _Part:
    """One file of the log, told by the hash of its first line; `begins` is the time of its first call, in seconds since 1970."""

    path: Path
    identity: str
    begins: float


@dataclass(frozen=True)
class Read:
    """What was read, and where to go on from."""

    batch: Batch
    position: Position | None


def read_on(
    path: Path, position: Position | None, *, most: int = MOST_BYTES, most_expanded: int = MOST_EXPANDED
) -> Read:
    """Return what the log has that comes after the position, at most so many bytes and whole lines only.

    Without a position, or where the log has no such place any more, it begins with the file that is being written; the
    batch says from when on it is whole then, and so it does where a line can't be read. Raises UnreachableError where the log can't be read.
    """
    try:
        parts = _parts(path)
        if position is None:
            return _from(_of(parts, path), None, most, most_expanded)
        at = next((index for index, part in enumerate(parts) if _is_at(part, position, most_expanded)), None)
        if at is None:
            return _from(_of(parts, path), None, most, most_expanded)
        return _from(parts[at:], position, most, most_expanded)
    except (OSError, EOFError, zlib.error) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        raise UnreachableError(
            f"the audit log {path} can't be read: {said}", hint="is it there, and may this user read it?"
        ) from None


def _parts(path: Path) -> list[_Part]:
    """Return the files of the log, the oldest first: the one that is written, and those that it was rotated into.

    Rotation names them after it: `audit-2026-11-23T02-18-17.487.log`, `audit.log.1`, `audit.log.2.gz`.
    """
    name, stem, suffix = (re.escape(each) for each in (path.name, path.stem, path.suffix))
    rotated = re.compile(rf"(?:{name}[.-]\d|{stem}-\d[^/]*{suffix}(?:\.gz)?\Z)")
    named = [each for each in path.parent.iterdir() if each.name == path.name or rotated.match(each.name)]
    if not named:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    found = [part for each in named if (part := _part(each, is_written=each.name == path.name)) is not None]
    found.sort(key=lambda part: (part.path == path, part.begins))
    # A copy of what is still there, as `copytruncate` leaves it for a moment, is read once.
    whole = {part.identity: part for part in reversed(found)}
    return [part for part in found if whole[part.identity] is part][-_MOST_FILES:]


def _part(path: Path, *, is_written: bool) -> _Part | None:
    """Return a file of the log; None where it has no line yet, or is an old one that can't be read."""
    try:
        with _opened(path) as file:
            first = file.readline(LONGEST_LINE)
        written = path.stat().st_mtime
    except (OSError, EOFError, zlib.error):
        if is_written:
            raise
        return None
    if not first.endswith(b"\n") and len(first) < LONGEST_LINE:
        return None
    call = parse_line(first)
    # Compressing may give a file another time; what is in it keeps its own.
    begins = call.received.timestamp() if isinstance(call, Call) else written
    return _Part(path, _digest(first), begins)


def _of(parts: list[_Part], path: Path) -> list[_Part]:
    return [part for part in parts if part.path == path]


def _is_at(part: _Part, position: Position, most_expanded: int) -> bool:
    """Whether the position is in this file: it begins as that did, and before the position stands what stood there."""
    if part.identity != position.file:
        return False
    with _opened(part.path) as file:
        if _is_beyond(file, position.offset, most_expanded):
            return True
        back = min(_TAIL, position.offset)
        file.seek(position.offset - back)
        return _digest(file.read(back)) == position.tail


def _from(parts: list[_Part], position: Position | None, most: int, most_expanded: int) -> Read:
    """Read the files on from that place in the first of them; without one from the beginning, before which all is unknown."""
    taking, left = _Taking(is_cut_off=position is None), most
    for part in parts:
        at = position.offset if position is not None and part is parts[0] else 0
        with _opened(part.path) as file:
            if _is_beyond(file, at, most_expanded):
                taking.lose(_TOO_MUCH)
                continue
            back = min(_TAIL, at)
            file.seek(at - back)
            tail = file.read(back)
            for line in _lines(file, left, is_done=part is not parts[-1]):
                taking.take(line, is_rest=not (at == 0 or tail.endswith(b"\n")))
                at, left, tail = at + len(line), left - len(line), (tail + line[-_TAIL:])[-_TAIL:]
                if _is_beyond(file, at, most_expanded):
                    taking.lose(_TOO_MUCH)
                    break
        position = Position(part.identity, at, _digest(tail))
        if left <= 0:
            break
    return Read(taking.batch(more=left <= 0), position)


class _Taking:
    """What lines come to, and from when on that is whole."""

    def __init__(self, *, is_cut_off: bool) -> None:
        self._calls: list[Call] = []
        self._begins: datetime | None = None
        self._is_cut_off = is_cut_off
        self._unreadable, self._why = 0, ""

    def take(self, line: bytes, *, is_rest: bool) -> None:
        """Take a line, or a piece of one that is too long; of that the `is_rest` is part of what was lost already."""
        if is_rest:
            return
        if not line.endswith(b"\n"):
            self.lose(_TOO_LONG)
            return
        event = parse_line(line) if line.strip() else None
        if isinstance(event, Unreadable):
            self.lose(event.why)
        elif event is not None:
            self._calls.append(event)
            if self._is_cut_off:
                self._begins, self._is_cut_off = event.at, False

    def lose(self, why: str) -> None:
        """Note that something is missing here, which may have been use of anything."""
        self._unreadable, self._why = self._unreadable + 1, self._why or why
        self._begins, self._is_cut_off = None, True

    def batch(self, *, more: bool) -> Batch:
        return Batch(tuple(self._calls), self._begins, self._is_cut_off, more, self._unreadable, self._why)


def _lines(file: _Bytes, most: int, *, is_done: bool) -> Iterator[bytes]:
    """Yield lines, those too long in pieces, until there are no more or so many bytes were read.

    The half line at the end is left where somebody goes on writing it.
    """
    while most > 0:
        line = file.readline(LONGEST_LINE)
        if not line.endswith(b"\n") and len(line) < LONGEST_LINE:
            if is_done and line:
                yield line
            return
        most -= len(line)
        yield line


def _is_beyond(file: _Bytes, offset: int, most_expanded: int) -> bool:
    return isinstance(file, gzip.GzipFile) and offset >= most_expanded


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _opened(path: Path) -> BinaryIO:
    """Open a file as it was before it was compressed."""
    file = path.open("rb")
    if file.read(len(_GZIP)) == _GZIP:
        file.close()
        return cast("BinaryIO", gzip.open(path, "rb"))
    file.seek(0)
    return file
