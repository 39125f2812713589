"""What a Breakglass says about its own approval and its times, and what of that counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.core.authorize.shown import show
from gitops_breakglass.model.decision import Denied, Granted, Pending, Purpose, Unknown
from gitops_breakglass.model.policy import Audience
from gitops_breakglass.model.request import Schedule, Subject
from tests.unit.authorize.world import (
    MERGED,
    NOW,
    account,
    breakglass,
    case,
    commit,
    identities,
    offer,
    person,
    policy,
    review,
    rules_of,
    unmerged,
)

WEEKDAYS = Schedule(timedelta(hours=1), cron="0 9 * * 1-5", location="Europe/Berlin", max_activations=10)
FREE = (policy(offers=(offer(approval_optional=True),)),)
UNASKED = breakglass(approval_required=False)
NOT_OWN = "no approval is asked for of what is its author's own alone, which can't be said of all that is on its branch"


def decide(*reviews, request, policies, now=NOW, **changes):
    return authorize(case(*reviews, request=request, policies=policies, **changes), now=now)


def offers(*some, **settings):
    return (policy(offers=some, **settings),)


def test_without_approval_the_merge_is_recorded_as_what_it_is():
    decision = decide(request=UNASKED, policies=FREE, merged_by=account("dora"))
    assert isinstance(decision, Granted)
    evidence = decision.evidence
    assert (evidence.approvals, evidence.approval_asked, evidence.merged_by) == ((), False, str(account("dora")))
    approved = decide(review(), request=breakglass(), policies=FREE, merged_by=account("dora"))
    assert approved.evidence.approval_asked


@pytest.mark.parametrize("pushed", [False, None])
def test_what_is_not_provably_the_author_s_own_needs_an_approval_all_the_same(pushed):
    decision = decide(request=UNASKED, policies=FREE, pushed_by_author_only=pushed)
    assert rules_of(decision) == ["ApprovalRequired"]
    assert decision.reasons[0].message == f"7 was merged without an approval that counts: {NOT_OWN}"
    approved = decide(review(), request=UNASKED, policies=FREE, pushed_by_author_only=pushed)
    assert [each.person for each in approved.evidence.approvals] == ["ben"]


def test_who_pushed_along_does_not_approve_what_asks_for_no_approval():
    pushed = {"pushed_by_author_only": False, "pushers": (account("ben"),)}
    assert "ApprovalRequired" in rules_of(decide(review(), request=UNASKED, policies=FREE, **pushed))


def test_a_refusal_of_an_approver_is_heard_where_no_approval_is_asked_for():
    veto = review(state=review().state.CHANGES_REQUESTED)
    assert "changes-requested" in rules_of(decide(veto, request=UNASKED, policies=FREE))


def test_the_gate_says_that_no_approval_is_asked_for_or_why_one_is():
    ready = authorize(unmerged(request=UNASKED, policies=FREE), now=NOW)
    assert isinstance(ready, Pending)
    assert (ready.ready, [each.message for each in ready.reasons]) == (
        True,
        ["7 needs no approval and is not merged yet"],
    )
    unsure = authorize(unmerged(request=UNASKED, policies=FREE, pushed_by_author_only=None), now=NOW)
    assert (unsure.ready, unsure.lacks) == (False, (Purpose.REQUEST,))
    assert [each.message for each in unsure.reasons] == [f"7 needs one approval: {NOT_OWN}"]


def test_the_file_alone_gets_round_no_approval():
    assert "no-offer-fits" in rules_of(decide(request=UNASKED, policies=offers(offer())))
    taken_back = (*FREE, *offers(offer(), commit="q" * 40))
    assert "no-offer-fits" in rules_of(decide(request=UNASKED, policies=taken_back))
    assert "no-offer-fits" in rules_of(decide(request=UNASKED, policies=tuple(reversed(taken_back))))


@pytest.mark.parametrize("named", [(), None])
def test_an_empty_list_of_approvers_widens_nothing(named):
    asked = breakglass(approvers=named or ())
    assert isinstance(decide(review("carol"), request=asked, policies=offers(offer())), Granted)
    assert rules_of(decide(review("dora"), request=asked, policies=offers(offer()))) == [
        "ApprovalRequired",
        "not-an-approver",
    ]


@pytest.mark.parametrize("named", ["dora@example.com", "nobody@example.com", "BEN@example.com", "ben"])
def test_whom_the_offer_does_not_name_by_that_address_approves_nothing(named):
    asked = breakglass(approvers=("carol@example.com", named))
    for name in ("dora", "ben"):
        decision = decide(review(name), request=asked, policies=offers(offer()))
        assert isinstance(decision, Denied)
        assert "ApprovalRequired" in rules_of(decision) or "approvers-unknown" in rules_of(decision)


def test_one_of_those_who_are_named_is_needed_and_enough():
    asked = breakglass(approvers=("carol@example.com", "ben@example.com"))
    decision = decide(review("ben"), request=asked, policies=offers(offer()))
    assert [each.person for each in decision.evidence.approvals] == ["ben"]


def test_an_author_whom_their_own_file_names_approves_by_merging_only_where_that_is_allowed():
    mine = breakglass(approvers=("alice@example.com",))
    everybody = offer(approvers=Audience(groups=frozenset({"developers", "leads"})))
    assert rules_of(decide(request=mine, policies=offers(everybody)))[0] == "ApprovalRequired"
    own = replace(everybody, block_self_approval=False)
    decision = decide(request=mine, policies=offers(own))
    assert [each.person for each in decision.evidence.approvals] == ["alice"]
    others = breakglass(approvers=("ben@example.com",))
    assert rules_of(decide(request=others, policies=offers(own)))[0] == "ApprovalRequired"


def test_the_subject_does_not_approve_under_another_name():
    twice = identities(*map(person, ("alice", "ben", "carol")), person("alias", username="alice@example.com"))
    both = offer(approvers=Audience(users=frozenset({"alias@example.com"})))
    side = offers(both, people=replace(twice, groups=identities().groups))
    asked = breakglass(approvers=("alias@example.com",))
    decision = decide(review("alias"), request=asked, policies=side)
    assert "ApprovalRequired" in rules_of(decision)


@pytest.mark.parametrize(
    "subject",
    [
        Subject("Group", "developers"),
        Subject("ServiceAccount", "robot", "default"),
        Subject("User", "ben@example.com"),
        Subject("Group", "alice@example.com"),
    ],
    ids=str,
)
def test_a_file_that_names_somebody_else_as_its_subject_is_refused(subject):
    mine = Subject("User", "alice@example.com")
    assert isinstance(decide(review(), request=breakglass(subjects=(mine,)), policies=offers(offer())), Granted)
    for subjects in ((subject,), (mine, subject)):
        decision = decide(review(), request=breakglass(subjects=subjects), policies=offers(offer()))
        assert "subject-not-author" in rules_of(decision)


def test_of_two_offers_that_fit_the_first_one_holds_that_somebody_may_approve():
    strict = offer(name="strict", approvers=Audience(users=frozenset({"ben@example.com"})))
    lax = offer(name="lax", approvers=Audience(users=frozenset({"dora@example.com"})))
    decision = decide(review("ben"), request=breakglass(), policies=offers(strict, lax))
    assert decision.evidence.source == "offer/strict"
    assert "ApprovalRequired" in rules_of(decide(review("dora"), request=breakglass(), policies=offers(strict, lax)))
    asked = breakglass(approvers=("dora@example.com",))
    assert decide(review("dora"), request=asked, policies=offers(strict, lax)).evidence.source == "offer/lax"


def test_another_offer_that_asks_for_no_approval_spares_nobody_the_approval_that_the_file_asks_for():
    both = offers(offer(), offer(name="free", approval_optional=True))
    assert rules_of(decide(request=breakglass(), policies=both)) == ["ApprovalRequired"]
    assert decide(request=UNASKED, policies=both).evidence.source == "offer/free"


def test_recurring_access_is_the_offer_s_to_allow_at_the_merge_and_now():
    asked = breakglass(schedule=WEEKDAYS)
    once, again = offers(offer()), offers(offer(recurring=True), commit="q" * 40)
    for policies in (once, (*once, *again), (*again, *once)):
        assert "no-offer-fits" in rules_of(decide(review(), request=asked, policies=policies))
    assert isinstance(decide(review(), request=asked, policies=again), Granted)


def test_a_maximum_that_was_lowered_since_the_merge_holds_for_each_window():
    asked = breakglass(schedule=replace(WEEKDAYS, duration=timedelta(hours=2)))
    long, short = offer(recurring=True), offer(recurring=True, max_duration=timedelta(hours=1))
    policies = (*offers(long), *offers(short, commit="q" * 40))
    assert "no-offer-fits" in rules_of(decide(review(), request=asked, policies=policies))


def test_a_zone_that_this_machine_lacks_leaves_it_undecided_as_long_as_it_may_be_decided():
    asked = breakglass(schedule=replace(WEEKDAYS, location="Europe/Newtown"))
    side = offers(offer(recurring=True))
    decision = decide(review(), request=asked, policies=side)
    assert isinstance(decision, Unknown)
    assert [each.rule for each in decision.reasons] == ["InvalidTimezone"]
    late = decide(review(), request=asked, policies=side, now=MERGED + timedelta(hours=25))
    assert rules_of(late) == ["InvalidTimezone", "decision-too-late"]
    assert rules_of(authorize(unmerged(review(), request=asked, policies=side), now=NOW)) == ["InvalidTimezone"]


def test_a_schedule_of_which_no_window_is_left_is_refused():
    side = offers(offer(recurring=True))
    soon_over = replace(WEEKDAYS, cron="58 2 * * *", location="UTC", max_activations=1, duration=timedelta(minutes=1))
    decision = decide(review(), request=breakglass(schedule=soon_over), policies=side)
    assert rules_of(decision) == ["window-passed"]
    assert decision.reasons[0].message == "no window of its schedule is left"


def test_recurring_access_is_decided_within_the_decision_window_too():
    decision = decide(
        review(), request=breakglass(schedule=WEEKDAYS), policies=offers(offer(recurring=True)), now=NOW + timedelta(2)
    )
    assert rules_of(decision) == ["decision-too-late"]


START, END = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "changed",
    [
        {"cron": "0 9 * * *"},
        {"location": "Europe/London"},
        {"start": START},
        {"end": END},
        {"max_activations": 11},
        {"duration": timedelta(hours=2)},
    ],
    ids=lambda each: next(iter(each)),
)
def test_each_word_of_a_schedule_changes_what_is_shown(changed):
    side = offers(offer(recurring=True))[0]
    asked = breakglass(schedule=WEEKDAYS)
    other = breakglass(schedule=replace(WEEKDAYS, **changed))
    change = unmerged(commits=(commit(),)).change
    first, second = (show(change, each, side, NOW) for each in (asked, other))
    assert first.digest == show(change, asked, side, NOW).digest
    assert first.digest != second.digest
