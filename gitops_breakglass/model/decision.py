"""Decisions: may this change be granted, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.window import Window


@dataclass(frozen=True)
class Reason:
    """One thing that a decision rests on; `rule` is the id of the guard that found it."""

    rule: str
    message: str
    hint: str | None = None
    location: Location | None = None


class Purpose(StrEnum):
    """What an approval is of."""

    REQUEST = "request"
    OVERRIDE = "override"
    """What the escalation overrides of pod rules, where it asks for a further approval of that."""


@dataclass(frozen=True)
class Approval:
    """A review that counts."""

    person: str
    account: str
    source: str
    commit: str
    approved_at: datetime
    reason: str = ""
    purpose: Purpose = Purpose.REQUEST


@dataclass(frozen=True)
class Evidence:
    """What was proved, in the words that the signed decision keeps."""

    change: str
    author: str
    head: str
    landing: str
    blob: str
    merged_at: datetime
    policy: tuple[str, ...]
    """The policy commits that judged it."""
    source: str
    """`escalation/NAME` or `offer/NAME`."""
    approvals: tuple[Approval, ...]
    """Empty where the offer asks for none (`approval_asked`), and nobody gave one all the same."""
    approval_asked: bool = True
    """Whether the request had to be approved; where it had not, the merge stands for itself."""
    merged_by: str = ""
    """The account that merged it, where the forge says so: told, and no approval."""
    digest: str = ""
    """Of what the gate shows of it, by the policy side that it was shown by, else by the one that it landed on."""


@dataclass(frozen=True)
class Granted:
    """Proved: this subject may have what the source gives, in these windows, or in those of the recurrence."""

    subject: Subject
    windows: tuple[Window, ...]
    evidence: Evidence
    notes: tuple[Reason, ...] = ()
    recurrence: Recurrence | None = None
    participants: tuple[Subject, ...] = ()
    """Who else gets it: of a debug session alone."""


@dataclass(frozen=True)
class Pending:
    """Not yet: it is not merged, or approvals are missing and may still come."""

    reasons: tuple[Reason, ...]
    approvals: tuple[Approval, ...] = ()
    may_approve: tuple[str, ...] = ()
    """Names of persons whose approval would count."""
    ignored: tuple[Reason, ...] = ()
    """Reviews that do not count, and why."""
    ready: bool = False
    """Whether nothing is missing but the merge."""
    unnamed: int = 0
    """How many others there are whose approval would count and whose names are not told."""
    notes: tuple[Reason, ...] = ()
    """What changes nothing and should be looked at; likewise of what is granted."""
    lacks: tuple[Purpose, ...] = ()
    """What still has to be approved."""
    may_approve_override: tuple[str, ...] = ()
    """Names of persons who could give the further approval; empty where none is asked for or it is there."""
    unnamed_override: int = 0


@dataclass(frozen=True)
class Denied:
    """No, for good: asking again takes a new request."""

    reasons: tuple[Reason, ...]
    ignored: tuple[Reason, ...] = field(default=())


@dataclass(frozen=True)
class Unknown:
    """It could not be found out; nothing is granted and nothing is burned."""

    reasons: tuple[Reason, ...]


Decision: TypeAlias = Granted | Pending | Denied | Unknown
