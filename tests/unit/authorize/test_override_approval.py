"""The further approval that an escalation asks for because it overrides pod rules: by a second person, or nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.authorize import authorize
from gitops_breakglass.core.authorize.membership import teams_for, with_members
from gitops_breakglass.core.authorize.shown import show
from gitops_breakglass.core.authorize.unmerged import State, state_of_unmerged
from gitops_breakglass.core.read.identities import NOT_ASKED
from gitops_breakglass.model.change import Commit, ReviewState
from gitops_breakglass.model.decision import Granted, Pending, Purpose, Unknown
from gitops_breakglass.model.deny import PodOverride
from gitops_breakglass.model.identity import Account, Group, Identities, Provider, Team
from gitops_breakglass.model.policy import Audience
from gitops_breakglass.model.unread import Unread
from tests.unit.authorize.world import (
    APPROVED,
    HEAD,
    NOW,
    OPENED,
    OTHER,
    account,
    case,
    cluster,
    escalation,
    identities,
    person,
    policy,
    provider,
    review,
    rules_of,
    session,
    unmerged,
)

DORA = Audience(users=frozenset({"dora@example.com"}))
CAROL_AND_DORA = Audience(users=frozenset({"carol@example.com", "dora@example.com"}))
LATE = NOW + timedelta(hours=1)


def overriding(second=DORA, **changes):
    """An escalation whose override takes one of these people; ben and carol approve the request itself."""
    return escalation(override=PodOverride(max_allowed_score=200), override_approvers=second, **changes)


def side(second=DORA, *, people=None, providers=(), place=None, **changes):
    return policy(overriding(second, **changes), people=people, providers=providers, cluster=place)


def decided(*reviews, of=None, policies=None, **changes):
    return authorize(case(*reviews, policies=policies or (of or side(),), **changes), now=NOW)


def waiting(*reviews, of=None, now=NOW, **changes):
    return authorize(unmerged(*reviews, policies=(of or side(),), **changes), now=now)


def by(decision):
    assert isinstance(decision, Granted), decision
    return [(each.person, each.purpose.value) for each in decision.evidence.approvals]


def test_it_takes_one_of_each():
    assert by(decided(review("ben"), review("dora"))) == [("ben", "request"), ("dora", "override")]


def test_the_ordinary_approval_alone_is_not_enough():
    assert rules_of(decided(review("ben"))) == ["override-approval"]
    assert rules_of(decided(review("ben"), review("carol"))) == ["override-approval"]


def test_who_may_approve_the_override_only_approves_no_request():
    assert rules_of(decided(review("dora"))) == ["ApprovalRequired"]


def test_without_any_approval_both_are_missed():
    assert rules_of(decided()) == ["ApprovalRequired", "override-approval"]


def test_an_escalation_that_asks_for_no_such_approval_takes_one():
    plain = policy(escalation(override=PodOverride(max_allowed_score=200)))
    assert by(decided(review("ben"), of=plain)) == [("ben", "request")]


def test_one_person_gives_one_of_them_though_they_may_give_both():
    both = side(CAROL_AND_DORA)
    assert rules_of(decided(review("carol"), of=both)) == ["override-approval"]
    assert by(decided(review("carol"), review("dora"), of=both)) == [("carol", "request"), ("dora", "override")]
    assert by(decided(review("ben"), review("carol"), of=both)) == [("ben", "request"), ("carol", "override")]


def test_where_only_one_person_may_give_either_nothing_is_ever_granted():
    carol = Audience(users=frozenset({"carol@example.com"}))
    alone = side(carol, approvers=carol)
    assert rules_of(decided(review("carol"), of=alone)) == ["override-approval"]
    assert waiting(review("carol"), of=alone).may_approve_override == ()


def test_two_accounts_of_one_person_are_one_person():
    second = Account(Provider.GITHUB, "9000", "carol-too")
    people = identities(
        *(
            replace(each, accounts=(*each.accounts, second)) if each.name == "carol" else each
            for each in identities().people
        )
    )
    both = side(CAROL_AND_DORA, people=people)
    twice = (review("carol"), review("carol", account=second, source="review by carol-too"))
    assert rules_of(decided(*twice, of=both)) == ["override-approval"]


def test_who_took_part_never_approves_the_override_whatever_is_said_of_self_approval():
    alice = Audience(users=frozenset({"alice@example.com"}))
    assert rules_of(decided(review("ben"), review("alice"), of=side(alice))) == ["override-approval", "self-approval"]
    lenient = side(alice, block_self_approval=False)
    assert rules_of(decided(review("ben"), review("alice"), of=lenient)) == ["override-approval", "self-approval"]
    dora_too = (Commit(HEAD, account("alice"), ("alice@example.com", "dora@example.com"), touches=True),)
    assert rules_of(decided(review("ben"), review("dora"), commits=dora_too)) == ["override-approval", "self-approval"]


def test_who_shares_the_subjects_username_never_approves_the_override():
    usual = identities().people
    twin = replace(person("dora"), username="alice@example.com")
    people = identities(*(twin if each.name == "dora" else each for each in usual))
    assert "self-approval" in rules_of(decided(review("ben"), review("dora"), of=side(people=people)))


def test_an_author_who_approves_by_the_merge_still_needs_a_second_person():
    own = side(approvers=Audience(groups=frozenset({"developers"})), block_self_approval=False)
    assert rules_of(decided(of=own)) == ["override-approval"]
    assert by(decided(review("dora"), of=own)) == [("dora", "override"), ("alice", "request")]


def test_a_merge_is_never_the_approval_of_an_override():
    alice = Audience(users=frozenset({"alice@example.com"}))
    own = side(alice, approvers=alice, block_self_approval=False)
    assert rules_of(decided(of=own)) == ["override-approval"]


@pytest.mark.parametrize(
    ("worse", "why"),
    [
        ({"blob": OTHER}, "other-content"),
        ({"problem": "no signature"}, "unproved-approval"),
        ({"submitted_at": NOW}, "late-approval"),
        ({"state": ReviewState.COMMENTED}, None),
        ({"by_email": True}, "unproved-approval"),
        ({"edited_by": account("mallory")}, "edited-approval"),
        ({"account": account("mallory")}, "unknown-approver"),
    ],
)
def test_what_an_ordinary_approval_has_to_meet_this_one_has_to_meet(worse, why):
    found = rules_of(decided(review("ben"), review("dora", **worse)))
    assert found == ["override-approval", *([why] if why else [])]


def test_it_comes_in_time_and_says_why_where_that_is_asked_for():
    hasty = side(approval_timeout=timedelta(minutes=5))
    late = review("dora", submitted_at=OPENED + timedelta(minutes=6))
    early = review("ben", submitted_at=OPENED + timedelta(minutes=4))
    assert rules_of(decided(early, late, of=hasty)) == ["override-approval", "ApprovalTimeout"]
    reasoned = side(approval_reason_mandatory=True)
    silent = decided(review("ben"), review("dora", body=" "), of=reasoned)
    assert rules_of(silent) == ["override-approval", "approval-reason-missing"]


def test_it_is_taken_back_as_any_other():
    gone = review("dora", state=ReviewState.DISMISSED, submitted_at=APPROVED + timedelta(minutes=1))
    assert rules_of(decided(review("ben"), review("dora"), gone)) == ["override-approval", "withdrawn-approval"]


def test_whose_approval_is_asked_for_can_ask_for_changes():
    veto = review("dora", state=ReviewState.CHANGES_REQUESTED)
    assert rules_of(decided(review("ben"), veto)) == ["changes-requested"]
    assert by(decided(review("ben"), veto, of=policy(escalation()))) == [("ben", "request")]


def test_who_counts_is_said_by_domains_and_providers_for_both():
    at_home = side(approver_domains=("example.com",))
    assert isinstance(decided(review("ben"), review("dora"), of=at_home), Granted)
    usual = identities().people
    away = identities(
        *(replace(each, emails=("dora@evil.example",)) if each.name == "dora" else each for each in usual)
    )
    named = Audience(users=frozenset({"dora@evil.example"}))
    foreign = side(named, people=away, approver_domains=("example.com",))
    assert rules_of(decided(review("ben"), review("dora"), of=foreign)) == ["override-approval", "approver-domain"]
    signed_in = identities(*(replace(each, identity_providers=("corp",) * (each.name != "dora")) for each in usual))
    corp = side(people=signed_in, providers=(provider("corp"),), place=cluster(identity_providers=("corp",)))
    assert rules_of(decided(review("ben"), review("dora"), of=corp)) == ["override-approval", "identity-provider"]


def test_the_stricter_of_two_policies_holds():
    before, after = policy(escalation()), side()
    for both in ((before, after), (after, before)):
        assert rules_of(decided(review("ben"), policies=both)) == ["override-approval"]
        assert by(decided(review("ben"), review("dora"), policies=both)) == [("ben", "request"), ("dora", "override")]
    others = (side(), side(CAROL_AND_DORA))
    assert rules_of(decided(review("ben"), review("carol"), policies=others))[0] == "override-approval"
    assert by(decided(review("ben"), review("dora"), policies=others)) == [("ben", "request"), ("dora", "override")]


LEADS = Team(Provider.GITHUB, "2", "9")
SECOND = Audience(groups=frozenset({"second"}))


def with_team(known):
    usual = identities()
    people = Identities(usual.people, (*usual.groups, Group("second", frozenset(), LEADS, NOT_ASKED)))
    return with_members(side(SECOND, people=people), {LEADS: known})


def test_who_is_in_its_team_is_asked_and_counts():
    unasked = with_members(with_team(frozenset()), {})
    assert teams_for(session(), (unasked,)) == {LEADS}
    known = with_team(frozenset({account("dora")}))
    assert by(decided(review("ben"), review("dora"), of=known)) == [("ben", "request"), ("dora", "override")]
    assert rules_of(decided(review("ben"), review("carol"), of=known)) == ["override-approval"]


def test_a_team_that_is_not_read_leaves_it_unknown_only_where_that_decides():
    closed = with_team(Unread("HTTP 403"))
    unknown = decided(review("ben"), review("dora"), of=closed)
    assert isinstance(unknown, Unknown)
    assert [each.rule for each in unknown.reasons] == ["membership-unknown"]
    assert rules_of(decided(review("ben"), of=closed)) == ["override-approval"]
    assert isinstance(waiting(review("ben"), review("dora"), of=closed), Unknown)
    no = review("dora", state=ReviewState.CHANGES_REQUESTED)
    assert isinstance(decided(review("ben"), review("carol"), no, of=closed), Unknown)
    pending = waiting(review("ben"), of=closed)
    assert [each.rule for each in pending.reasons] == ["override-approval", "membership-unknown"]


def test_what_waits_says_who_may_still_give_which_approval():
    nothing = waiting()
    assert isinstance(nothing, Pending)
    assert [each.rule for each in nothing.reasons] == ["ApprovalRequired", "override-approval"]
    assert (nothing.lacks, nothing.may_approve) == ((Purpose.REQUEST, Purpose.OVERRIDE), ("ben", "carol"))
    assert (nothing.may_approve_override, nothing.ready) == (("dora",), False)
    half = waiting(review("ben"))
    assert (half.lacks, half.may_approve_override, half.ready) == ((Purpose.OVERRIDE,), ("dora",), False)
    assert [(each.person, each.purpose) for each in half.approvals] == [("ben", Purpose.REQUEST)]
    other = waiting(review("dora"))
    assert (other.lacks, other.may_approve_override) == ((Purpose.REQUEST,), ())
    whole = waiting(review("ben"), review("dora"))
    assert (whole.lacks, whole.ready, [each.rule for each in whole.reasons]) == ((), True, ["not-merged"])


def test_who_has_approved_already_is_not_asked_for_the_other_approval():
    assert waiting(review("carol"), of=side(CAROL_AND_DORA)).may_approve_override == ("dora",)


def test_the_requester_is_not_told_to_be_among_those_who_could():
    audience = Audience(users=frozenset({"alice@example.com", "dora@example.com"}))
    assert waiting(of=side(audience, block_self_approval=False)).may_approve_override == ("dora",)


def test_members_of_hidden_groups_are_counted_and_not_named():
    hidden = side(Audience(groups=frozenset({"leads"})), hidden_groups=frozenset({"leads"}))
    found = waiting(review("carol"), of=hidden)
    assert (found.may_approve_override, found.unnamed_override) == ((), 1)


def test_half_an_approval_in_time_is_none():
    merged_by_nobody = unmerged(review("ben"), policies=(side(),))
    decision = authorize(merged_by_nobody, now=LATE)
    shown = show(merged_by_nobody.change, session(), side(), LATE)
    state = state_of_unmerged(merged_by_nobody.change, decision, shown, side(), LATE)
    assert (state.state, state.why) == (
        State.TIMED_OUT,
        "not everybody whose approval it takes approved it within 1h after it was opened",
    )
    robot = Account(Provider.GITHUB, "1", "robot")
    closed = replace(merged_by_nobody.change, closed_at=LATE, closed_by=robot)
    assert state_of_unmerged(closed, decision, shown, side(), LATE).state is State.TIMED_OUT
    by_dora = replace(merged_by_nobody.change, closed_at=LATE, closed_by=account("dora"))
    assert state_of_unmerged(by_dora, decision, shown, side(), LATE).state is State.REJECTED
