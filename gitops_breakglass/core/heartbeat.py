"""Whether an actor is missing on a cluster, and since when, by what its Lease says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gitops_breakglass.model.lease import Heartbeat, Lease, Pulse

GRACE = timedelta(seconds=30)
"""How much later than promised a single run may come: jobs wait for a machine."""
AHEAD = timedelta(seconds=30)
"""How far a time may be ahead of the API server that is asked: several that answer for a cluster have a clock each."""
LONGEST_HOLD = timedelta(minutes=5)
"""For how long one beat counts at most, whatever it says: a loop beats every few seconds."""
_LAST_DAY = datetime.max.replace(tzinfo=UTC) - GRACE


def heartbeat(lease: Lease, now: datetime) -> Heartbeat:
    """Return how it stands with the actor that a Lease is of; `now` is the API server's.

    A loop is there while its Lease holds, and whoever runs from time to time until the moment that it promised. A time that
    has not come yet was written by somebody else, and hides nobody's absence.
    """
    told = (lease.renewed, lease.ran)
    renewed, ran = (each if each is not None and each <= now + AHEAD else None for each in told)
    loop = renewed + min(lease.duration, LONGEST_HOLD) if renewed is not None and lease.duration is not None else None
    runs = min(lease.next_run, _LAST_DAY) + GRACE if ran is not None and lease.next_run is not None else None
    seen = _latest(renewed, ran)
    expected = _latest(loop, runs)
    if seen is None:
        return Heartbeat(lease.name, Pulse.NEVER if told == (None, None) else Pulse.MISSING)
    if expected is not None and now <= expected:
        return Heartbeat(lease.name, Pulse.ALIVE, seen, expected)
    # Whoever ran by itself last, and promised nothing, is not held to what a loop before it said that gave its Lease back.
    # One that died with it is missing, whoever ran since.
    if expected is None or (ran is not None and ran == seen and lease.next_run is None and not lease.holder):
        return Heartbeat(lease.name, Pulse.NO_PROMISE, seen)
    return Heartbeat(lease.name, Pulse.MISSING, seen, expected)


def _latest(*times: datetime | None) -> datetime | None:
    return max((each for each in times if each is not None), default=None)
