"""What the gate says of a change: the decision as far as it goes, what it would come to, and what remains to be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gitops_breakglass.core.authorize.shown import Shown
from gitops_breakglass.core.authorize.unmerged import VETO, State, Unmerged
from gitops_breakglass.core.effect import Effect
from gitops_breakglass.core.timing import Timing
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.decision import Approval, Decision, Denied, Pending, Purpose, Unknown
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.request import RequestId

UNREADABLE = "unreadable-request"
"""Why a request is denied that can't be read; what is wrong with it, its findings say."""


@dataclass(frozen=True)
class Proposal:
    """What is said of one change. `request` is None for a change that asks for no access, of which nothing is shown."""

    change: str
    decision: Decision | tuple[Approval, ...]
    request: RequestId | None = None
    findings: tuple[Finding, ...] = ()
    state: Unmerged = field(default_factory=lambda: Unmerged(State.UNKNOWN))
    head: str = ""
    policy: str = ""
    """The commit whose policy side judged it."""
    shown: Shown | None = None
    """What approvers are shown; None where it can't come to anything as it stands."""
    merged_at: datetime | None = None
    """A time soon from now, by which windows are shown."""
    timing: Timing | None = None
    """When access would hold if it were merged then; None where its schedule can't be read, of which a finding tells."""
    zone: str | None = None
    """The time zone of whoever asked, if identities.yaml has one."""
    effect: Effect | None = None
    is_open: bool = True
    """Whether it can still be approved and merged; else it was closed."""
    remaining: tuple[str, ...] = ()
    """What is to be done, in that order."""
    title: str = ""
    url: str = ""
    ends: tuple[RequestId, ...] = ()
    """The requests whose files it deletes, where it does nothing else."""

    @property
    def may_merge(self) -> bool:
        """Whether nothing is missing but the merge."""
        return (
            isinstance(self.decision, Pending)
            and self.decision.ready
            and self.state.state is State.PENDING
            and not any(finding.is_error for finding in self.findings)
            and not self.gives_nothing
        )

    @property
    def gives_nothing(self) -> bool:
        """Whether nothing would be granted, as the cluster says or, where it has no say, the policy side."""
        return self.effect is not None and bool(self.effect.problems)


def remaining(change: Change, proposal: Proposal, now: datetime) -> tuple[str, ...]:
    """Return what is to be done before access is had, in that order; one sentence each, in which strangers' words may be."""
    if change.closed_at is not None:
        return ("ask again in a change of its own, under another name, or have this one reopened",)
    return tuple(_steps(change, proposal, now))


def _steps(change: Change, proposal: Proposal, now: datetime) -> Iterator[str]:
    decision, errors = proposal.decision, [finding for finding in proposal.findings if finding.is_error]
    for finding in errors:
        yield f"mend {finding.location}: {finding.message}{_hint(finding.hint)}"
    if proposal.gives_nothing and proposal.effect is not None:
        yield from (f"{each.message}{_hint(each.hint)}" for each in proposal.effect.problems)
    if isinstance(decision, Denied | Unknown):
        told = {finding.message for finding in errors}
        if not (errors and any(each.rule == UNREADABLE for each in decision.reasons)):
            yield from (f"{each.message}{_hint(each.hint)}" for each in decision.reasons if each.message not in told)
        return
    if not isinstance(decision, Pending):
        return
    if proposal.state.state is State.TIMED_OUT:
        yield f"ask again in a new change: {proposal.state.why}, and later approvals do not count"
        return
    yield from (f"{each.message}{_hint(each.hint)}" for each in decision.reasons if each.rule == VETO)
    if Purpose.REQUEST in decision.lacks:
        who = _somebody(decision.may_approve, decision.unnamed)
        yield f"have it approved by {who}{_how(change, proposal, now)}"
    if Purpose.OVERRIDE in decision.lacks:
        who = _somebody(decision.may_approve_override, decision.unnamed_override)
        what = "what its escalation overrides approved by a second person"
        yield f"have {what}, {who}{_how(change, proposal, now)}"
    yield "merge it"


def _somebody(names: Sequence[str], unnamed: int) -> str:
    others = ("", "one who is not named")[unnamed] if unnamed < 2 else "one of those who are not named"
    return " or ".join(filter(None, (*names, others))) or "somebody: nobody may, as it stands"


def _how(change: Change, proposal: Proposal, now: datetime) -> str:
    """Return until when, and with which words, an approval counts."""
    step = ""
    terms = proposal.shown.terms if proposal.shown else None
    if terms is not None and terms.approval_reason_mandatory:
        step += ", who says why"
    # Plain git has no clock: where a branch is first seen now, it is the reconciler that knows since when it is there.
    is_plain_git = change.author is not None and change.author.provider is Provider.LOCAL
    if terms is not None and change.opened_at is not None and not (is_plain_git and change.opened_at == now):
        step += f", before {change.opened_at + terms.approval_timeout:%Y-%m-%d %H:%M:%S} UTC"
    return step


def _hint(hint: str | None) -> str:
    return f" ({hint})" if hint else ""
