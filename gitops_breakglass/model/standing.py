"""How it stands on one cluster at a moment, as metrics tell it: numbers, and nobody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_breakglass.model.lease import Heartbeat


@dataclass(frozen=True)
class Standing:
    """What a loop knows of one cluster, whether or not it answers just now."""

    live: int = 0
    """How many requests have a binding of ours whose end is to come."""
    overdue: int = 0
    """How many have one whose end has passed, as far as anybody knows."""
    worst: timedelta = timedelta()
    """By how much the oldest of these is over."""
    leads: bool | None = None
    """Whether this process grants there; None where there is no Lease to hold."""
    ended_at: datetime | None = None
    """When the last sweep went through without a failure, by our own clock."""
    skew: timedelta | None = None
    """How far the cluster's clock is ahead of ours."""
    actors: tuple[Heartbeat, ...] = ()
