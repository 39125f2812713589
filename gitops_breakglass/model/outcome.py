"""Outcomes: what became of each action, and of a whole run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitops_breakglass.model.errors import BreakglassError, ForbiddenError, RefusedBy, RefusedError, UnreachableError
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.lease import Heartbeat
from gitops_breakglass.model.plan import ClusterPlan
from gitops_breakglass.model.use import Stream


class Verb(StrEnum):
    """What was done, in the past tense that reports use."""

    CREATED = "created"
    DELETED = "deleted"
    SHRUNK = "shrunk"
    REFRESHED = "refreshed"
    EMPTIED = "emptied"
    UPDATED = "updated"
    RESTARTED = "restarted"
    """A pod that is not ours was deleted, so that its owner makes it anew without what a session added to it."""
    INJECTED = "injected"
    """A container was added to a pod of others."""


@dataclass(frozen=True)
class Applied:
    """It was done."""

    key: ObjectKey
    verb: Verb
    request: str
    late: float | None = None
    """For an end: the seconds between the promised end and the moment at which the access was seen to be gone."""


class Trouble(StrEnum):
    """What kind of thing kept something from being done."""

    FORBIDDEN = "forbidden"
    """We may not: a permission is missing."""
    TIMED_OUT = "timed-out"
    """Nobody answered, or not now: it may pass by itself."""
    OTHER = "other"


@dataclass(frozen=True)
class Failed:
    """It was tried and refused; it is tried again in the next run."""

    key: ObjectKey
    request: str
    error: str
    hint: str | None = None
    still_grants: bool = False
    """Whether access that should have ended may still hold."""
    trouble: Trouble = Trouble.OTHER
    ending: bool = False
    """Whether it was to end something, not to make it."""
    by: RefusedBy | None = None
    """What refused it, where the answer says so."""

    @classmethod
    def of(
        cls, error: BreakglassError, key: ObjectKey, request: str, *, ending: bool = False, still_grants: bool = False
    ) -> Failed:
        """Say of what an error kept from being done."""
        by = error.by if isinstance(error, RefusedError) else None
        return cls(key, request, error.message, error.hint, still_grants, trouble_of(error), ending, by)


@dataclass(frozen=True)
class Skipped:
    """It was not tried, since something before it failed or a brake held it."""

    key: ObjectKey
    request: str
    why: str


@dataclass(frozen=True)
class Remained:
    """An ephemeral container can't be taken out of its pod; nobody is let into it any more, and it is looked at again."""

    key: ObjectKey
    """The pod's."""
    request: str
    container: str
    why: str
    """What it waits for."""


@dataclass(frozen=True)
class StillOpen:
    """A call that began under a grant goes on after its end: Kubernetes authorizes a call once, when it begins."""

    key: ObjectKey
    """The record's."""
    request: str
    stream: Stream
    own_pod: bool = False
    """Whether it is into a pod that the grant made, and goes with that."""


def trouble_of(error: BreakglassError) -> Trouble:
    """Return what kind of trouble an error tells of."""
    match error:
        case ForbiddenError():
            return Trouble.FORBIDDEN
        case UnreachableError():
            return Trouble.TIMED_OUT
        case _:
            return Trouble.OTHER


Outcome = Applied | Failed | Skipped | Remained | StillOpen


def is_upkeep(outcome: Outcome) -> bool:
    """Whether it only wrote down how something stands, of which people and logs are not told."""
    return isinstance(outcome, Applied) and outcome.verb is Verb.UPDATED


@dataclass(frozen=True)
class ClusterReport:
    """What a run did to one cluster, or why it could not."""

    cluster: str
    at: datetime | None = None
    """The cluster's own time when the run read it."""
    plan: ClusterPlan | None = None
    outcomes: tuple[Outcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    unreachable: str | None = None
    is_bug: bool = False
    """Whether what stopped it is a bug of ours."""
    due: datetime | None = None
    """Without a plan: the next moment after `at` at which something ends, as far as it is known."""
    recorded: frozenset[str] = frozenset()
    """The uids of requests whose decision by this run is on record."""
    ledger: str = ""
    """The ledger's last entry as anchors are written (`42:9f3a…`); empty where there is none, or it is not known."""
    standby: str = ""
    """Why somebody else grants there, so that it was only swept."""
    actors: tuple[Heartbeat, ...] = ()
    """How it stands with who else ends access there, as far as that was asked."""


@dataclass(frozen=True)
class RunReport:
    """A whole run."""

    clusters: tuple[ClusterReport, ...]
    findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()
    """What could not be found out for the whole run: the repository or the forge."""
