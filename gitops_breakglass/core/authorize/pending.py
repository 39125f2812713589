"""What is said of a request that is not merged yet: what it has, what it lacks, and who could still approve it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from gitops_breakglass.core.authorize.asked import Asked
from gitops_breakglass.core.authorize.counted import Counted
from gitops_breakglass.core.authorize.logins import renamed_notes
from gitops_breakglass.core.authorize.terms import Terms
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.decision import Approval, Decision, Pending, Purpose, Reason, Unknown
from gitops_breakglass.model.identity import Account
from gitops_breakglass.model.policy import PolicySide


def pending(
    change: Change,
    asked: Asked,
    counted: Counted,
    policies: Sequence[PolicySide],
    unsure: tuple[Reason, ...],
    now: datetime,
) -> Decision:
    """Return what is missing. `unsure` is what the answer depends on and can't be said: who is in which team."""
    _, author, _, terms = asked
    reasons = list(counted.vetoes)
    # A merge that comes later than an approval may come approves nothing.
    in_time = change.opened_at is not None and now - change.opened_at <= terms.approval_timeout
    serves_self = (
        in_time
        and not (terms.block_self_approval or terms.approval_reason_mandatory)
        and bool(change.pushed_by_author_only)
    )
    own = frozenset({author} if serves_self else ())
    lacks = counted.lacking(own & terms.approvers)
    may_be_enough = not counted.lacking(own & (terms.approvers | terms.perhaps_approvers.people), perhaps=True)
    if not counted.vetoes and may_be_enough:
        missing = unsure or (_unseen(lacks, terms) if lacks else ())
        if missing:
            return Unknown(missing)
        is_unasked = terms.approval_optional and not counted.approvals
        how = "needs no approval" if is_unasked else "is approved"
        reasons.append(Reason("not-merged", f"{change.id} {how} and is not merged yet", "merge it"))
    elif not counted.vetoes:
        reasons += _missing(change, lacks, terms)
    reasons += _unseen(lacks, terms)
    taking_part = {author, *terms.participants} if terms.block_self_approval else set()
    may_approve, unnamed = terms.may_approve(taking_part)
    override, unnamed_override = _may_approve_override(counted, author, lacks)
    return Pending(
        tuple(reasons),
        approvals=counted.approvals,
        may_approve=may_approve,
        ignored=counted.ignored,
        ready=not lacks and not counted.vetoes,
        unnamed=unnamed,
        notes=renamed_notes(accounts_of(change, counted.approvals), policies),
        lacks=lacks,
        may_approve_override=override,
        unnamed_override=unnamed_override,
    )


def _missing(change: Change, lacks: Sequence[Purpose], terms: Terms) -> Iterator[Reason]:
    """Tell which approvals are lacking."""
    if Purpose.REQUEST in lacks and terms.approval_optional:
        yield not_own(change, "needs one approval", "ask one of the approvers")
    elif Purpose.REQUEST in lacks:
        yield Reason("ApprovalRequired", f"{change.id} needs one approval", "ask one of the approvers")
    if Purpose.OVERRIDE in lacks:
        yield Reason(
            "override-approval",
            f"{change.id} needs the approval of a second person, of what its escalation overrides",
            "ask one of those who may approve that",
        )


def not_own(change: Change, what: str, hint: str) -> Reason:
    """Return why a change has to be approved though its offer asks for no approval."""
    why = "no approval is asked for of what is its author's own alone, which can't be said of all that is on its branch"
    return Reason("ApprovalRequired", f"{change.id} {what}: {why}", hint)


def _unseen(lacks: Sequence[Purpose], terms: Terms) -> tuple[Reason, ...]:
    """Return of which teams it can't be said who is in them, for what is lacking."""
    reasons: list[Reason] = []
    if Purpose.REQUEST in lacks:
        reasons += terms.perhaps_approvers.reasons
    if Purpose.OVERRIDE in lacks and terms.override is not None:
        reasons += terms.override.perhaps.reasons
    return tuple(dict.fromkeys(reasons))


def _may_approve_override(counted: Counted, author: str, lacks: Sequence[Purpose]) -> tuple[tuple[str, ...], int]:
    """Return the names of those who could give the approval that is lacking, and how many more are not named."""
    approvers = counted.terms.override
    if approvers is None or Purpose.OVERRIDE not in lacks:
        return (), 0
    return approvers.may_approve({author, *(each.person for each in counted.approvals)})


def accounts_of(change: Change, approvals: Sequence[Approval]) -> list[Account]:
    """Return the accounts that the decision rests on, as the forge calls them."""
    sources = {each.source for each in approvals}
    reviewers = [each.account for each in change.reviews if each.account is not None and each.source in sources]
    return [*([change.author] if change.author else []), *reviewers]
