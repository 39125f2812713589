"""Outcomes: what became of each action, and of a whole run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.plan import ClusterPlan


class Verb(StrEnum):
    """What was done, in the past tense that reports use."""

    CREATED = "created"
    DELETED = "deleted"
    SHRUNK = "shrunk"
    REFRESHED = "refreshed"
    EMPTIED = "emptied"
    UPDATED = "updated"


@dataclass(frozen=True)
class Applied:
    """It was done."""

    key: ObjectKey
    verb: Verb
    request: str
    late: float | None = None
    """For an end: the seconds between the promised end and the moment at which the access was seen to be gone."""


@dataclass(frozen=True)
class Failed:
    """It was tried and refused; it is tried again in the next run."""

    key: ObjectKey
    request: str
    error: str
    hint: str | None = None
    still_grants: bool = False
    """Whether access that should have ended may still hold."""


@dataclass(frozen=True)
class Skipped:
    """It was not tried, since something before it failed or a brake held it."""

    key: ObjectKey
    request: str
    why: str


Outcome = Applied | Failed | Skipped


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


@dataclass(frozen=True)
class RunReport:
    """A whole run."""

    clusters: tuple[ClusterReport, ...]
    findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()
    """What could not be found out for the whole run: the repository or the forge."""
