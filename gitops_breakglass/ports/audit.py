"""Where audit events come from."""

from __future__ import annotations

from typing import Protocol

from gitops_breakglass.model.use import Batch, Coverage, Mark


class AuditSource(Protocol):
    """A source of audit events of one cluster. What was read comes again until it is kept."""

    def read(self, mark: Mark | None) -> tuple[Batch, Coverage]:
        """Return what has come since the last read, and how far the source is proved to be whole.

        `mark` is a call of our own that was made before this one; None asks for more of what is there. Raises
        UnreachableError where the source can't be read.
        """
        ...

    def keep(self) -> None:
        """Remember that everything read so far is on record."""
        ...

    def close(self) -> None:
        """Stop taking events."""
        ...
