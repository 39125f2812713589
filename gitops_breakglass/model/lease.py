"""Leases: who acts on a cluster now, and when each of the two actors was last at work there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gitops_breakglass.model.kube import DOMAIN, Manifest

COORDINATION = "coordination.k8s.io/v1"
LEASE_KIND = "Lease"
RECONCILER = "reconciler"
"""The reconciler, as records say who ended them; its Lease has the name too: a loop holds that to grant, a single run only notes
in it that it ran."""
SWEEPER = "sweeper"
"""The sweeper, likewise; nobody waits for its Lease, which only shows that one is at work."""
RAN_AT = f"{DOMAIN}/ran-at"
"""Annotation: when a single run ended, RFC 3339 in UTC, by the API server's clock."""
NEXT_RUN = f"{DOMAIN}/next-run"
"""Annotation: when the next single run was promised, RFC 3339 in UTC."""


@dataclass(frozen=True)
class Lease:
    """What one Lease says; all times are the API server's. One that `install` has just made says nothing."""

    name: str
    holder: str = ""
    """Empty where nobody holds it: nobody ever did, or the last holder gave it back."""
    acquired: datetime | None = None
    renewed: datetime | None = None
    duration: timedelta | None = None
    """How long it holds after it was renewed."""
    transitions: int = 0
    """How many times it went to another holder."""
    ran: datetime | None = None
    """When a single run last ended."""
    next_run: datetime | None = None
    """When the next single run was promised."""


@dataclass(frozen=True)
class SeenLease:
    """A Lease as it was read at a time of the API server's; only exactly this one can be written over."""

    lease: Lease
    now: datetime
    manifest: Manifest | None = None
    """The object; None where there is none."""


class Pulse(StrEnum):
    """How it stands with an actor."""

    ALIVE = "alive"
    MISSING = "missing"
    """It was there, and the time is over in which it would have come again."""
    NO_PROMISE = "no promise"
    """It ran, and never said when it would again."""
    NEVER = "never seen"


@dataclass(frozen=True)
class Heartbeat:
    """One actor on one cluster; the times are the API server's."""

    actor: str
    pulse: Pulse
    seen: datetime | None = None
    """When it was last at work."""
    expected: datetime | None = None
    """Until when it would have come again; of a missing one None where nothing that its Lease tells can be true."""

    @property
    def is_missing(self) -> bool:
        """Whether it ought to be there and is not; of one that was never there, nobody knows that."""
        return self.pulse is Pulse.MISSING

    def __str__(self) -> str:
        """Say it as a sentence without a full stop."""
        seen = f"{self.seen:%Y-%m-%dT%H:%M:%SZ}" if self.seen else ""
        match self.pulse:
            case Pulse.ALIVE:
                return f"the {self.actor} is at work, last seen {seen}"
            case Pulse.MISSING if self.expected is None:
                return f"the {self.actor} is missing: its Lease tells of a time that has not come yet, so somebody else wrote it"
            case Pulse.MISSING:
                return f"the {self.actor} is missing since {seen}: it was expected until {self.expected:%Y-%m-%dT%H:%M:%SZ}"
            case Pulse.NO_PROMISE:
                return f"the {self.actor} ran at {seen} and did not say when it would again"
            case Pulse.NEVER:
                return f"the {self.actor} was never seen"
