"""What is known of requests: their state, for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gitops_breakglass.model.debug_state import NO_SESSION, SessionState
from gitops_breakglass.model.enforcement import Enforcement
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.lease import Heartbeat
from gitops_breakglass.model.window import Window


@dataclass(frozen=True)
class RecurringStatus:
    """How recurring access stands."""

    begun: int
    """How many windows have begun since the approval, seen by a run or not."""
    of: int | None
    """How many there are at most; None where nothing says so."""
    next: Window | None
    """The next to begin."""
    last: Window | None = None
    """The last that ended, of those in which access was given."""
    last_ended_at: datetime | None = None
    """When nothing of that was left."""
    last_lag: float | None = None
    """Seconds from its end, or from the revocation, until then; None where neither had come."""


@dataclass(frozen=True)
class RequestStatus:
    """What is known of one request. `live` are the objects that give access now."""

    cluster: str
    name: str
    state: str
    subject: str = ""
    source: str = ""
    approvers: tuple[str, ...] = ()
    merged_by: str = ""
    """Who merged what nobody had to approve, where the decision says so."""
    window: Window | None = None
    ended_at: datetime | None = None
    lag: float | None = None
    """Seconds from when it was due to end until nothing of it was left."""
    live: tuple[str, ...] = ()
    is_overdue: bool = False
    """Whether something that gives access should have ended."""
    notes: tuple[str, ...] = ()
    enforcement: tuple[Enforcement, ...] = ()
    """How deny policies were enforced when a run looked last."""
    recurring: RecurringStatus | None = None
    session: SessionState = NO_SESSION
    """Of a debug session: what was done, its pods, and what of it can't be taken back."""


@dataclass(frozen=True)
class ClusterStatus:
    """What is known of one cluster."""

    cluster: str
    at: datetime | None = None
    requests: tuple[RequestStatus, ...] = ()
    unreachable: str | None = None
    sights: Mapping[str, datetime] = field(default_factory=dict)
    """The first sights that its checkpoint keeps."""
    findings: tuple[Finding, ...] = ()
    """What gives access there and is not as we left it, or not ours."""
    actors: tuple[Heartbeat, ...] = ()
    """Who ends access there, and whether they are at work; empty where that is not known."""
