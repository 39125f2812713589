"""What is said of a request that is not merged yet: what it has, what it lacks, and who could still approve it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gitops_breakglass.core.authorize.asked import Asked
from gitops_breakglass.core.authorize.logins import renamed_notes
from gitops_breakglass.core.authorize.reviews import Tally
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.decision import Approval, Decision, Pending, Reason, Unknown
from gitops_breakglass.model.identity import Account
from gitops_breakglass.model.policy import PolicySide


def pending(
    change: Change,
    asked: Asked,
    counted: Tally,
    policies: Sequence[PolicySide],
    unsure: tuple[Reason, ...],
    now: datetime,
) -> Decision:
    """Return what is missing. `unsure` is what the answer depends on and can't be said: who is in which team."""
    _, author, _, terms = asked
    excluded = {author} if terms.block_self_approval else set()
    reasons = list(counted.vetoes)
    # A merge that comes later than an approval may come approves nothing.
    in_time = change.opened_at is not None and now - change.opened_at <= terms.approval_timeout
    serves_self = (
        in_time
        and not (terms.block_self_approval or terms.approval_reason_mandatory)
        and bool(change.pushed_by_author_only)
    )
    approved = bool(counted.approvals) or terms.approval_optional or (serves_self and author in terms.approvers)
    perhaps = counted.perhaps or (serves_self and author in terms.perhaps_approvers.people)
    if not counted.vetoes and (approved or perhaps):
        missing = unsure or (() if approved else terms.perhaps_approvers.reasons)
        if missing:
            return Unknown(missing)
        reasons.append(Reason("not-merged", f"{change.id} is approved and not merged yet", "merge it"))
    elif not counted.vetoes:
        reasons.append(Reason("ApprovalRequired", f"{change.id} needs one approval", "ask one of the approvers"))
    if not approved:
        reasons += terms.perhaps_approvers.reasons
    may_approve, unnamed = terms.may_approve(excluded)
    return Pending(
        tuple(reasons),
        approvals=counted.approvals,
        may_approve=may_approve,
        ignored=counted.ignored,
        ready=approved and not counted.vetoes,
        unnamed=unnamed,
        notes=renamed_notes(accounts_of(change, counted.approvals), policies),
    )


def accounts_of(change: Change, approvals: Sequence[Approval]) -> list[Account]:
    """Return the accounts that the decision rests on, as the forge calls them."""
    sources = {each.source for each in approvals}
    reviewers = [each.account for each in change.reviews if each.account is not None and each.source in sources]
    return [*([change.author] if change.author else []), *reviewers]
