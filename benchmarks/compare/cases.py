"""The broken files: one mistake each, laid over the example repository."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "access-repo"
_FILES = Path(__file__).parent / "files"
_TITLES = {
    "misspelt-key": "A key is misspelt",
    "wrong-type": "A number where a duration belongs",
    "wrong-indentation": "Fields are not indented",
    "duplicate-key": "A key is there twice",
    "tab": "A tab indents a line",
    "missing-required": "A field is missing",
    "wrong-enum": "A word that is almost the right one",
    "unknown-kind": "A kind is misspelt",
    "expired-api-version": "A version that is not served",
    "two-documents": "A second document in a request",
    "bad-duration": "A duration in words",
    "yes-no": "`yes` for true",
    "octal": "A ticket number that begins with 0",
    "anchor": "An anchor and an alias",
    "bidi-character": "Characters that turn the direction of text",
    "too-long": "A duration longer than the escalation allows",
    "bad-cron": "An hour that no day has",
    "bad-zone": "A time zone that there is not",
    "bad-glob": "A glob that is not finished",
    "unknown-group": "A group that there is not",
    "wildcard-verb": "More than is offered",
}


@dataclass(frozen=True)
class Case:
    """One broken file: where it lies in an access repository, and its bytes."""

    name: str
    title: str
    path: str
    content: bytes

    @contextmanager
    def laid_out(self) -> Iterator[Path]:
        """Yield the example repository with the file in it."""
        with TemporaryDirectory() as folder:
            repository = Path(folder) / "access"
            shutil.copytree(EXAMPLE, repository)
            file = repository / self.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self.content)
            yield repository


def read_cases() -> list[Case]:
    """Return the cases in the order of the page."""
    cases = []
    for name, title in _TITLES.items():
        (file,) = (path for path in (_FILES / name).rglob("*") if path.is_file())
        cases.append(Case(name, title, file.relative_to(_FILES / name).as_posix(), file.read_bytes()))
    return cases
