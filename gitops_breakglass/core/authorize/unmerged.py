"""What became of a change that is not merged: it waits, was withdrawn or rejected, or nobody approved it in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitops_breakglass.core.authorize.people import person_of
from gitops_breakglass.core.authorize.shown import Shown
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.decision import Approval, Decision, Denied, Pending, Unknown
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.window import print_duration

VETO = "changes-requested"


class State(StrEnum):
    """The states of the session's own kind, for a request that is not merged; `Unknown` is ours."""

    PENDING = "Pending"
    WITHDRAWN = "Withdrawn"
    REJECTED = "Rejected"
    TIMED_OUT = "ApprovalTimeout"
    UNKNOWN = "Unknown"


@dataclass(frozen=True)
class Unmerged:
    """A state, and the sentence that says why it is that one."""

    state: State
    why: str = ""


def state_of_unmerged(
    change: Change,
    decision: Decision | tuple[Approval, ...],
    shown: Shown | None,
    policy: PolicySide,
    now: datetime,
) -> Unmerged:
    """Return the state of a change that is not merged; `shown` has the terms, where there are any.

    Closed by its author it is withdrawn, whatever else. Closed by somebody else, or refused by one who may approve, it is
    rejected; closed by one who may not, after nobody approved in time, it had timed out before.
    """
    if change.closed_at is not None:
        return _closed(change, change.closed_at, decision, shown, policy, now)
    match decision:
        case Unknown():
            return Unmerged(State.UNKNOWN, _first(decision))
        case Denied():
            return Unmerged(State.REJECTED, _first(decision))
        case Pending() if veto := _veto(decision):
            return Unmerged(State.REJECTED, veto)
        case Pending(ready=False) if _is_late(change, shown, now):
            return Unmerged(State.TIMED_OUT, _late(shown))
    return Unmerged(State.PENDING)


def _closed(
    change: Change,
    at: datetime,
    decision: Decision | tuple[Approval, ...],
    shown: Shown | None,
    policy: PolicySide,
    now: datetime,
) -> Unmerged:
    if change.closed_by is None:
        return Unmerged(State.UNKNOWN, "it was closed without a merge, and by whom can't be read")
    closer = person_of(change.closed_by, (policy,), now)
    if change.closed_by == change.author or (closer is not None and closer == _author(change, policy, now)):
        return Unmerged(State.WITHDRAWN, "its author closed it")
    if isinstance(decision, Pending) and (veto := _veto(decision)):
        return Unmerged(State.REJECTED, veto)
    may_approve = shown is not None and closer in shown.terms.all_approvers
    approved = isinstance(decision, Pending) and not decision.lacks
    if not may_approve and not approved and _is_late(change, shown, at):
        return Unmerged(State.TIMED_OUT, _late(shown))
    return Unmerged(State.REJECTED, f"{closer or change.closed_by} closed it")


def _author(change: Change, policy: PolicySide, now: datetime) -> str | None:
    return person_of(change.author, (policy,), now) if change.author else None


def _veto(decision: Pending) -> str:
    return next((reason.message for reason in decision.reasons if reason.rule == VETO), "")


def _is_late(change: Change, shown: Shown | None, at: datetime) -> bool:
    """Whether an approval that came at that time would be too late; where the opening is not known, nothing is late yet."""
    if shown is None or change.opened_at is None:
        return False
    return at - change.opened_at > shown.terms.approval_timeout


def _late(shown: Shown | None) -> str:
    timeout = print_duration(shown.terms.approval_timeout) if shown else "its timeout"
    who = "not everybody whose approval it takes" if shown and shown.terms.override else "nobody"
    return f"{who} approved it within {timeout} after it was opened"


def _first(decision: Denied | Unknown) -> str:
    return decision.reasons[0].message if decision.reasons else ""
