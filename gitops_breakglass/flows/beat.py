"""Show on a cluster that an actor is at work there, and look who else is."""

from __future__ import annotations

from datetime import timedelta

from gitops_breakglass.core.heartbeat import heartbeat
from gitops_breakglass.core.lease import noted, renewed
from gitops_breakglass.model.errors import ConflictError
from gitops_breakglass.model.lease import RECONCILER, SWEEPER, Heartbeat
from gitops_breakglass.ports import Leases


def beat(leases: Leases, actor: str, holder: str, lasting: timedelta) -> None:
    """Write into the actor's Lease that `holder` is at work, and that somebody will be for so long.

    Nobody waits for this Lease: several may beat in it, and who comes too late for a write has nothing to add.
    """
    seen = leases.read(actor)
    try:
        leases.write(seen, renewed(seen, holder, lasting))
    except ConflictError:
        return


def note_run(leases: Leases, actor: str, every: timedelta | None) -> None:
    """Note in the actor's Lease that a single run has ended, and when the next one is promised; its holder stays."""
    seen = leases.read(actor)
    try:
        leases.write(seen, noted(seen, every))
    except ConflictError:
        # A loop has just renewed it, which says as much.
        return


def pulse_of(leases: Leases, actor: str) -> Heartbeat:
    """Return how it stands with an actor, by the API server's time."""
    seen = leases.read(actor)
    return heartbeat(seen.lease, seen.now)


def actors_of(leases: Leases) -> tuple[Heartbeat, ...]:
    """Return how it stands with reconciler and sweeper; raises what a call raises."""
    return tuple(pulse_of(leases, actor) for actor in (RECONCILER, SWEEPER))
