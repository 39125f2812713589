"""The files of an access repository as they lie in a folder, for `check`; what is granted is read from git."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gitops_breakglass.core.read.kinds import looks_like_freeze
from gitops_breakglass.model.errors import UsageError

MARKER = "breakglass.yaml"
"""The file by which an access repository is known."""
_REQUESTS = "requests"
SIDES = ("breakglass.yaml", "identities.yaml", "freeze.yaml", "clusters", "policies", _REQUESTS)
_MOST_BYTES = 2 * 1024 * 1024
"""No file is read further than this; the loader refuses what is longer than it allows, which is less."""
_AT_ONCE = 32 * 1024
"""Bytes that are asked for at a time. Room for more is taken from the system anew each time, which takes longer than reading."""


class Files(Mapping[str, bytes]):
    """Contents by path (with slashes, relative to the root), each read when it is asked for and not kept.

    Raises UsageError where a file can't be read.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        """Take the names of files by path."""
        self._places = places

    def __getitem__(self, path: str) -> bytes:
        """Read one file, links not followed."""
        return _read(self._places[path])

    def __iter__(self) -> Iterator[str]:
        """Go through the paths."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._places)

    def stamp(self, path: str) -> tuple[str, int]:
        """Return what the system says of a file and changes with each write, and when it was last written, in ns.

        The time of its last change of any kind is in it, which no program can set. Raises UsageError as reading does.
        """
        try:
            found = os.lstat(self._places[path])
        except OSError as error:
            raise _unreadable(self._places[path], error) from error
        words = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev, found.st_mode)
        return ":".join(map(str, words)), max(found.st_mtime_ns, found.st_ctime_ns)


@dataclass(frozen=True)
class Folder:
    """What was found: contents by path, and the paths of what is no plain file."""

    files: Files = field(default_factory=lambda: Files({}))
    not_files: tuple[str, ...] = ()

    def text(self, path: str) -> str | None:
        """Return what a file says, as far as it is text; None for what was not read."""
        content = self.files.get(path)
        return None if content is None else content.decode(errors="replace")


def root_of(start: Path) -> Path | None:
    """Return the nearest folder at or above `start` that is an access repository."""
    place = start.absolute()
    return next((each for each in (place, *place.parents) if (each / MARKER).is_file()), None)


def read_folder(root: Path, *, within: Sequence[str] = ()) -> Folder:
    """Find the files of both sides of the repository; of the requests only those in `within`, where it names any.

    Links are not followed. Raises UsageError where a folder can't be read.
    """
    places: dict[str, str] = {}
    not_files = []
    above = len(os.path.join(root, ""))
    for place in _walk(root, within):
        path = os.fsencode(place.path[above:]).decode("utf-8", "backslashreplace")
        # Two names may be the same escapes: the second is told about, whatever else is said of the first.
        if place.is_file and path not in places:
            places[path] = place.path
        else:
            not_files.append(path)
    return Folder(Files(places), tuple(not_files))


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    is_file: bool


def _walk(root: Path, within: Sequence[str]) -> Iterator[_Place]:
    """Go through everything on both sides that is no folder, in order."""
    requests = [each for each in within if each == _REQUESTS or each.startswith(f"{_REQUESTS}/")]
    narrowed = bool(within) and "" not in within
    elsewhere = {_link_on_the_way(root, each) for each in within if each.split("/")[0] not in SIDES}
    yield from (_Place(link, is_file=False) for link in sorted(filter(None, elsewhere)))
    freezes = [each for each in sorted(os.listdir(root)) if looks_like_freeze(each) and each not in SIDES]
    for side in (*SIDES[:-1], *freezes, *(requests if narrowed else [_REQUESTS])):
        top = os.path.join(root, side)
        if link := _link_on_the_way(root, side):
            yield _Place(link, is_file=False)
        elif os.path.isfile(top):
            yield _Place(top, is_file=True)
        elif os.path.isdir(top):
            yield from _below(top)


def _link_on_the_way(root: Path, path: str) -> str | None:
    """Return the first link that leads from the root to a place below it, if there is one."""
    steps = path.split("/")
    ways = (os.path.join(root, *steps[: end + 1]) for end in range(len(steps)))
    return next((way for way in ways if os.path.islink(way)), None)


def _below(folder: str) -> Iterator[_Place]:
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda each: each.name)
        except OSError as error:
            raise _unreadable(here, error) from error
        for entry in entries:
            # A link to a folder is told among the files, and not gone into.
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            else:
                yield _Place(entry.path, entry.is_file(follow_symlinks=False))


def _read(place: str) -> bytes:
    try:
        file = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            content = os.read(file, _AT_ONCE)
            # Less than was asked for is the end of the file.
            while len(content) % _AT_ONCE == 0 and 0 < len(content) < _MOST_BYTES and (more := os.read(file, _AT_ONCE)):
                content += more
        finally:
            os.close(file)
    except OSError as error:
        raise _unreadable(place, error) from error
    return content


def _unreadable(place: str, error: OSError) -> UsageError:
    return UsageError(f"{place} can't be read: {error.strerror}", hint="check its permissions")
