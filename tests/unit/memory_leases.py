"""Leases of one cluster in memory, whose clock is the test's."""

from datetime import timedelta

from gitops_breakglass.core.lease import written_lease
from gitops_breakglass.model.errors import ConflictError
from gitops_breakglass.model.lease import Lease, SeenLease


class MemoryLeases:
    """Each write counts only over exactly what was read; times are in whole seconds, as an API server's `Date` is."""

    def __init__(self, *leases, clock):
        self.leases = {each.name: each for each in leases}
        self.clock = clock
        self.skew = timedelta()
        self.rival = None
        """What somebody else writes between a reading and a writing."""
        self.broken = None
        """What is raised by whatever is asked."""

    def read(self, name):
        if self.broken is not None:
            raise self.broken
        found = self.leases.get(name)
        return SeenLease(found or Lease(name), self._now(), written_lease(found, None) if found else None)

    def write(self, seen, lease):
        if self.broken is not None:
            raise self.broken
        if self.rival is not None:
            self.leases[lease.name], self.rival = self.rival, None
        there = self.leases.get(lease.name)
        if (written_lease(there, None) if there else None) != seen.manifest:
            raise ConflictError("somebody was first")
        self.leases[lease.name] = lease
        return self.read(lease.name)

    def _now(self):
        return (self.clock.now() + self.skew).replace(microsecond=0)
