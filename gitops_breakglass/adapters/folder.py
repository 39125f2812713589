"""The files of an access repository as they lie in a folder, for `check`; what is granted is read from git."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gitops_breakglass.model.errors import UsageError

MARKER = "breakglass.yaml"
"""The file by which an access repository is known."""
_SIDES = ("breakglass.yaml", "identities.yaml", "clusters", "policies", "requests")
_MOST_BYTES = 2 * 1024 * 1024
"""No file is read further than this; the loader refuses what is longer than it allows, which is less."""


@dataclass(frozen=True)
class Folder:
    """What was found: contents by path, with slashes and relative to the root, and what is no plain file."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    not_files: tuple[str, ...] = ()

    def text(self, path: str) -> str | None:
        """Return what a file says, as far as it is text; None for what was not read."""
        content = self.files.get(path)
        return None if content is None else content.decode(errors="replace")


def root_of(start: Path) -> Path | None:
    """Return the nearest folder at or above `start` that is an access repository."""
    place = start.absolute()
    return next((each for each in (place, *place.parents) if (each / MARKER).is_file()), None)


def read_folder(root: Path) -> Folder:
    """Read both sides of the repository. Links are not followed. Raises UsageError where a file can't be read."""
    files: dict[str, bytes] = {}
    not_files = []
    for path in _walk(root):
        name = os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")
        if path.is_symlink() or not path.is_file():
            not_files.append(name)
        else:
            files[name] = _read(path)
    return Folder(files, tuple(not_files))


def _walk(root: Path) -> Iterator[Path]:
    """Go through everything on both sides that is no folder, in order."""
    for side in _SIDES:
        top = root / side
        if top.is_symlink() or top.is_file():
            yield top
        elif top.is_dir():
            for folder, folders, names in os.walk(top):
                folders.sort()
                here = Path(folder)
                yield from (here / name for name in sorted(names))
                # A link to a folder is listed among the folders, and not gone into.
                yield from (here / name for name in folders if (here / name).is_symlink())


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", hint="check its permissions") from error
