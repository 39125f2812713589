"""What became of a change that never merged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.core.authorize.proposal import Proposal, remaining
from gitops_breakglass.core.authorize.shown import show
from gitops_breakglass.core.authorize.unmerged import State, state_of_unmerged
from gitops_breakglass.core.effect import Effect
from gitops_breakglass.model.change import ReviewState
from gitops_breakglass.model.decision import Pending, Purpose, Reason
from gitops_breakglass.model.identity import Account, Provider
from tests.unit.authorize.world import (
    APPROVED,
    OPENED,
    account,
    breakglass,
    escalation,
    identities,
    offer,
    person,
    policy,
    review,
    session,
    unmerged,
)

SIDE = policy()
LATE = OPENED + timedelta(hours=1, seconds=1)
SOON = OPENED + timedelta(minutes=30)
VETO = review("ben", state=ReviewState.CHANGES_REQUESTED)
ROBOT = Account(Provider.GITHUB, "99", "github-actions[bot]", bot=True)


def judged(*reviews, at=SOON, side=SIDE, request=None, **changes):
    """The change, its decision, what is shown of it, and its state."""
    found = unmerged(*reviews, request=request, policies=(side,), **changes)
    decision = authorize(found, now=at)
    shown = show(found.change, found.request, side, at)
    return found.change, decision, shown, state_of_unmerged(found.change, decision, shown, side, at)


def state(*reviews, **more):
    found = judged(*reviews, **more)[3]
    return found.state, found.why


def closed(by, *reviews, at=SOON, **more):
    return state(*reviews, at=at + timedelta(minutes=1), closed_at=at, closed_by=by, **more)


def test_a_change_waits_until_its_time_is_over_and_then_has_timed_out():
    assert state() == (State.PENDING, "")
    assert state(at=OPENED + timedelta(hours=1)) == (State.PENDING, "")
    assert state(at=LATE) == (State.TIMED_OUT, "nobody approved it within 1h after it was opened")


def test_what_was_approved_in_time_has_not_timed_out_however_late_it_is():
    assert state(review(), at=LATE) == (State.PENDING, "")
    assert state(review(submitted_at=LATE), at=LATE)[0] is State.TIMED_OUT
    assert state(review("dora"), at=LATE)[0] is State.TIMED_OUT


def test_where_nobody_has_to_approve_nothing_times_out():
    side = policy(offers=(offer(approval_optional=True),))
    asked = breakglass(approval_required=False)
    assert state(at=LATE, side=side, request=asked) == (State.PENDING, "")
    assert closed(ROBOT, at=LATE, side=side, request=asked)[0] is State.REJECTED


def test_where_somebody_has_to_approve_since_others_pushed_it_times_out():
    side = policy(offers=(offer(approval_optional=True),))
    asked = breakglass(approval_required=False)
    assert state(side=side, request=asked, pushed_by_author_only=False) == (State.PENDING, "")
    late = state(at=LATE, side=side, request=asked, pushed_by_author_only=False)
    assert late == (State.TIMED_OUT, "nobody approved it within 1h after it was opened")


def test_what_its_author_may_approve_by_merging_times_out_all_the_same():
    side = policy(escalation(block_self_approval=False, approvers=escalation().allowed))
    _, decision, _, found = judged(side=side)
    assert (decision.ready, found.state) == (True, State.PENDING)
    _, decision, _, found = judged(at=LATE, side=side)
    assert (decision.ready, found.state) == (False, State.TIMED_OUT)


def test_where_it_is_not_known_when_it_was_opened_nothing_has_timed_out():
    assert state(at=LATE, opened_at=None)[0] is State.PENDING


def test_a_refusal_of_one_who_may_approve_rejects_it_until_it_is_taken_back():
    assert state(VETO) == (State.REJECTED, "ben asked for changes")
    assert state(VETO, at=LATE)[0] is State.REJECTED
    assert state(VETO, review(submitted_at=APPROVED + timedelta(minutes=1)))[0] is State.PENDING
    assert state(review("dora", state=ReviewState.CHANGES_REQUESTED))[0] is State.PENDING


def test_what_can_not_be_granted_is_rejected_as_it_stands():
    assert state(request=session(escalation="gone"))[0] is State.REJECTED


@pytest.mark.parametrize("reviews", [(), (review(),), (VETO,)])
@pytest.mark.parametrize("at", [SOON, LATE])
def test_closed_by_its_author_it_is_withdrawn_whatever_else(reviews, at):
    assert closed(account("alice"), *reviews, at=at) == (State.WITHDRAWN, "its author closed it")


def test_another_account_of_the_author_is_the_author():
    other = Account(Provider.GITHUB, "4711", "alice-work")
    alice = person("alice")
    people = identities(
        *(
            type(alice)(**{**vars(each), "accounts": (*each.accounts, other)}) if each.name == "alice" else each
            for each in identities().people
        )
    )
    assert closed(other, side=policy(people=people))[0] is State.WITHDRAWN
    assert closed(other)[0] is State.REJECTED


def test_closed_by_somebody_else_it_is_rejected():
    assert closed(account("ben")) == (State.REJECTED, "ben closed it")
    assert closed(account("dora"), review()) == (State.REJECTED, "dora closed it")
    assert closed(account("mallory"))[0] is State.REJECTED


def test_closed_by_who_may_not_approve_after_its_time_was_over_it_had_timed_out():
    assert closed(ROBOT, at=LATE) == (State.TIMED_OUT, "nobody approved it within 1h after it was opened")
    assert closed(account("ben"), at=LATE)[0] is State.REJECTED
    assert closed(ROBOT, review(), at=LATE)[0] is State.REJECTED
    assert closed(ROBOT, VETO, at=LATE) == (State.REJECTED, "ben asked for changes")


def test_closed_by_nobody_knows_whom_it_is_not_known_what_became_of_it():
    assert closed(None)[0] is State.UNKNOWN


def steps(*reviews, at=SOON, side=SIDE, **more):
    change, decision, shown, found = judged(*reviews, at=at, side=side, **more)
    return remaining(change, Proposal("7", decision, shown=shown, state=found), at)


def test_what_remains_is_told_in_its_order():
    by = f"{OPENED + timedelta(hours=1):%Y-%m-%d %H:%M:%S} UTC"
    assert steps() == (f"have it approved by ben or carol, before {by}", "merge it")
    assert steps(review()) == ("merge it",)
    for unnamed, words in (
        (0, "ben"),
        (1, "ben or one who is not named"),
        (2, "ben or one of those who are not named"),
    ):
        hidden = Proposal(
            "7", Pending((), may_approve=("ben",), unnamed=unnamed, lacks=(Purpose.REQUEST,)), state=judged()[3]
        )
        assert remaining(judged()[0], hidden, SOON)[0] == f"have it approved by {words}"
    assert steps(VETO) == (
        "ben asked for changes (resolve it, or ask again)",
        f"have it approved by ben or carol, before {by}",
        "merge it",
    )
    assert steps(at=LATE) == (
        "ask again in a new change: nobody approved it within 1h after it was opened, and later approvals do not count",
    )
    reasoned = policy(escalation(approval_reason_mandatory=True))
    assert steps(side=reasoned)[0] == f"have it approved by ben or carol, who says why, before {by}"


def test_plain_git_has_no_clock_so_a_branch_that_is_first_seen_now_has_no_end_of_its_time():
    key = Account(Provider.LOCAL, "SHA256:key")
    change, decision, shown, found = judged()
    proposal = Proposal("7", decision, shown=shown, state=found)
    here = replace(change, author=key)
    assert remaining(replace(here, opened_at=SOON), proposal, SOON)[0] == "have it approved by ben or carol"
    assert remaining(replace(change, opened_at=SOON), proposal, SOON)[0].endswith(" UTC")
    assert remaining(here, proposal, SOON)[0].endswith(" UTC")


def test_what_was_closed_is_asked_for_again():
    again = ("ask again in a change of its own, under another name, or have this one reopened",)
    assert steps(closed_at=SOON, closed_by=account("ben")) == again


def test_what_is_denied_has_its_remedy():
    (step,) = steps(request=session(escalation="gone"))
    assert step == (
        "there is no escalation gone for prod at pppppppppppp (name one that is in policies/ and allows this cluster)"
    )


def test_a_closed_change_is_not_ready_whatever_was_approved():
    _, decision, shown, found = judged(review(), closed_at=SOON, closed_by=account("alice"))
    assert isinstance(decision, Pending) and decision.ready
    assert not Proposal("7", decision, shown=shown, state=found).may_merge


def test_what_would_be_granted_nothing_on_its_cluster_is_not_ready_to_merge():
    _, decision, shown, found = judged(review())
    nothing = Effect("prod", (), problems=(Reason("nothing-to-grant", "no rights there", "bind the group"),))
    may_be = Effect("prod", (), unknown=("what prod itself binds is not known here",))
    for effect, ready in ((None, True), (may_be, True), (nothing, False), (replace(nothing, is_live=True), False)):
        assert Proposal("7", decision, shown=shown, state=found, effect=effect).may_merge is ready
    change = judged(review())[0]
    told = remaining(change, Proposal("7", decision, state=found, effect=replace(nothing, is_live=True)), SOON)
    assert told == ("no rights there (bind the group)", "merge it")
