"""May a change of the policy side come into force? Judged by the policy that was in force before it."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from gitops_breakglass.core.authorize.case import PolicyCase
from gitops_breakglass.core.authorize.logins import recycled_reason
from gitops_breakglass.core.authorize.membership import people_of, perhaps_of
from gitops_breakglass.core.authorize.people import author_of, contributors_of, person_of
from gitops_breakglass.core.authorize.reviews import Standard, tally
from gitops_breakglass.model.change import Change, Review
from gitops_breakglass.model.decision import Approval, Denied, Pending, Purpose, Reason, Unknown
from gitops_breakglass.model.unread import Unread

_REQUESTS = "requests/"
_NO_CLUSTER = ""
"""Approvers of policy are named by e-mail or general username; they have no cluster."""


def authorize_policy(case: PolicyCase, *, now: datetime) -> tuple[Approval, ...] | Denied | Pending | Unknown:
    """Return the approvals that bring the policy commit into force, or why it does not come into force."""
    change = case.change
    if isinstance(change, Unread):
        return Unknown((Reason("no-facts", change.message, change.hint),))
    if reasons := _content_reasons(change, case):
        return Denied(reasons)
    policies = (case.policy,)
    author = author_of(change, policies, now)
    if isinstance(author, tuple):
        return Denied(author)

    def reviewer(review: Review) -> str | None:
        return person_of(review.account, policies, now) if review.account else None

    named = case.policy.configuration.policy_approvers
    approvers, perhaps = people_of(named, case.policy, _NO_CLUSTER), perhaps_of(named, case.policy)
    excluded = contributors_of(change, policies) | {author}
    standard = Standard(
        person_of=reviewer,
        approvers=approvers,
        excluded=excluded,
        blob=change.blob_head,
        timeout=None,
        reason_mandatory=False,
        perhaps=perhaps.people - approvers,
        impostor=partial(recycled_reason, policies=policies),
    )
    counted = tally(change, standard)
    if counted.vetoes:
        return Denied(counted.vetoes, counted.ignored)
    if counted.perhaps_vetoes or (counted.perhaps and not counted.approvals):
        return Unknown(perhaps.reasons)
    if change.landing is None:
        waiting = Reason("not-merged", f"{change.id} is not merged yet", "have it approved, then merge it")
        open_ones = () if counted.approvals else perhaps.reasons
        return Pending(
            (waiting, *open_ones),
            counted.approvals,
            tuple(sorted(approvers - excluded)),
            counted.ignored,
            bool(counted.approvals),
            lacks=() if counted.approvals else (Purpose.REQUEST,),
        )
    if not counted.approvals:
        missing = f"no policy approver approved {change.id}, which changes the policy side"
        hint = "put the policy side back as it was, then propose the change again with an approval of policyApprovers"
        return Denied((Reason("policy-not-approved", missing, hint),), counted.ignored)
    return counted.approvals


def unproved_base(what: str) -> Reason:
    """Return why nothing comes into force that stands on what is not in force, whatever the forge says of it."""
    return Reason(
        "unproved-base",
        f"{what} stands on a policy side that was not approved itself",
        "put the policy side back to what is in force, then propose all of it again",
    )


def _content_reasons(change: Change, case: PolicyCase) -> tuple[Reason, ...]:
    mixed = [each.path for each in (*change.files, *change.landed_files) if each.path.startswith(_REQUESTS)]
    if mixed:
        return (
            Reason(
                "mixed-change",
                f"{change.id} changes the policy side and {mixed[0]}",
                "the policy side and requests never change together: make two changes",
            ),
        )
    if case.before != case.policy_tree:
        return (unproved_base(change.id),)
    if change.policy_at_fork != case.before:
        return (
            Reason(
                "stale-policy",
                f"{change.id} began at another policy side than the one that it changes, so would undo what came between",
                "bring the branch up to date and have its new head approved; put the policy side back where it landed",
            ),
        )
    if change.landing is not None and not change.blob_head == change.blob_landing == case.after:
        return (
            Reason(
                "same-content",
                f"what landed with {change.id} is not what its head has",
                "put the policy side back as it was and merge again without edits in the merge",
            ),
        )
    return ()
