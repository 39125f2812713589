"""A log file as a source: goes on from where it was, in one process and, with a state file, in the next."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import replace
from pathlib import Path

from gitops_breakglass.adapters.audit_log.file import MOST_BYTES, read_on
from gitops_breakglass.adapters.audit_log.position import State, load, save
from gitops_breakglass.core.use.coverage import covered, with_mark
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.use import Batch, Coverage, Mark


def state_file(cluster: str, log: Path) -> Path | None:
    """Return the file of the user's own in which reading goes on between runs, or None where the user has no home.

    The configuration does not name it: whoever can merge could have any file overwritten.
    """
    try:
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    except RuntimeError:
        return None
    name = hashlib.sha256(f"{cluster}\0{log}".encode()).hexdigest()[:16]
    return home / "gitops-breakglass" / "audit" / f"{cluster}-{name}.json" if home.is_absolute() else None


class FileSource:
    """Implements `ports.AuditSource` for a log file. Without a state file each process begins at the file's first line."""

    def __init__(self, log: Path, state: Path | None = None, *, most: int = MOST_BYTES) -> None:
        self._log = log
        self._file = state
        self._most = most
        self._kept: State | None = None
        self._now = State()
        self._marks: tuple[Mark, ...] = ()

    def read(self, mark: Mark | None) -> tuple[Batch, Coverage]:
        """Return what comes next in the log, and how far it is whole; a mark begins where reading was kept last.

        Raises UnreachableError.
        """
        if mark is not None or self._kept is None:
            self._kept = self._kept or (load(self._file) if self._file is not None else State())
            # Kept before the log is asked: a mark that nobody looks for any more proves nothing.
            self._marks = (*self._marks, *([mark] if mark is not None else []))
            coverage = self._kept.coverage
            for each in self._marks:
                coverage = with_mark(coverage, each)
            self._now = replace(self._kept, coverage=coverage)
        found = read_on(self._log, self._now.position, most=self._most)
        self._now = State(found.position or self._now.position, covered(self._now.coverage, found.batch))
        return found.batch, self._now.coverage

    def keep(self) -> None:
        """Remember where to go on from."""
        self._kept, self._marks = self._now, ()
        if self._file is not None:
            # Where it can't be written the next process reads more than it had to, and counts nothing twice.
            with contextlib.suppress(OSError):
                save(self._file, self._now)

    def close(self) -> None:
        """Do nothing: no file stays open."""


class UnusableSource:
    """Stands for a source that can't be used, so that each run says why and goes on."""

    def __init__(self, why: UsageError) -> None:
        self._why = why

    def read(self, mark: Mark | None) -> tuple[Batch, Coverage]:  # noqa: ARG002 - as the port has it
        """Raise why it can't be used."""
        raise self._why

    def keep(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
