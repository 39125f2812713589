"""Finds the files that deny policies, or cases of them, may be in: a file, or every YAML and JSON file of a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from gitops_breakglass.adapters.folder import Files, Folder
from gitops_breakglass.model.errors import UsageError

POLICIES = (".yaml", ".yml", ".json")
CASES = (*POLICIES, ".jsonl", ".ndjson")


def find_files(place: Path, endings: Sequence[str] = POLICIES) -> Folder:
    """Return the files at or below a place, by paths as they are reached from here; links are told and not followed.

    A file that is named itself is taken whatever its ending. Raises UsageError where a folder can't be read.
    """
    if not place.is_dir():
        return Folder(Files({str(place): str(place)}))
    found = list(_below(place))
    links = sorted(str(each) for each in found if each.is_symlink())
    files = sorted(
        str(each) for each in found if not each.is_symlink() and each.name.casefold().endswith(tuple(endings))
    )
    return Folder(Files(dict(zip(files, files, strict=True))), tuple(links))


def _below(top: Path) -> Iterator[Path]:
    """Yield every file and link below a folder; links to folders too, since what is behind them is not read."""

    def refuse(error: OSError) -> None:
        raise UsageError(f"{error.filename} can't be read: {error.strerror}", hint="check its permissions") from error

    for folder, inner, files in os.walk(top, onerror=refuse):
        here = Path(folder)
        yield from (here / name for name in files)
        yield from (here / name for name in inner if (here / name).is_symlink())
        inner[:] = [name for name in inner if name != ".git"]
