"""The Leases of one cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gitops_breakglass.model.lease import Lease, SeenLease


class Leases(Protocol):
    """The Leases in our namespace. Raises UnreachableError or RefusedError."""

    def read(self, name: str) -> SeenLease:
        """Return a Lease with the API server's time; one that is not there says nothing."""
        ...

    def write(self, seen: SeenLease, lease: Lease) -> SeenLease:
        """Put `lease` in the place of exactly what was seen; ConflictError where somebody else was first."""
        ...
