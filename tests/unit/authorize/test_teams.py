"""Who is in a team of the forge: known it counts as a list does, and not known it is neither yes nor no."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.core.authorize import PolicyCase, authorize, authorize_policy
from gitops_breakglass.core.authorize.membership import teams_for, teams_of_policy_approvers, with_members
from gitops_breakglass.core.authorize.terms import terms_of
from gitops_breakglass.core.read.identities import NOT_ASKED
from gitops_breakglass.model.change import ReviewState
from gitops_breakglass.model.decision import Denied, Granted, Pending, Reason, Unknown
from gitops_breakglass.model.identity import Account, Group, Identities, Provider, Team
from gitops_breakglass.model.identity_provider import GroupLimit, SessionLimits
from gitops_breakglass.model.policy import Audience
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.session import HeldSession, Sessions
from gitops_breakglass.model.unread import Unread
from tests.unit.authorize.world import (
    MERGED,
    NOW,
    account,
    breakglass,
    case,
    change,
    escalation,
    identities,
    offer,
    person,
    policy,
    provider,
    review,
    rules_of,
    session,
    unmerged,
)

DEVELOPERS = Team(Provider.GITHUB, "1", "9")
LEADS = Team(Provider.GITHUB, "2", "9")
CLOSED = Unread("HTTP 403", "give the token the organization permission `Members: read`")


def people(**teams):
    """The usual people, of whom groups are teams of the forge: nobody has been asked who is in them."""
    usual = identities()
    groups = [
        Group(group.name, frozenset(), teams[group.name], NOT_ASKED) if group.name in teams else group
        for group in usual.groups
    ]
    return Identities(usual.people, tuple(groups))


def side(members, *, offers=(), providers=(), commit="p" * 40, **changes):
    """A policy side whose developers and leads are teams, with what is known of them."""
    both = people(developers=DEVELOPERS, leads=LEADS)
    made = policy(escalation(**changes), people=both, offers=offers, providers=providers, commit=commit)
    return with_members(made, members)


def members(developers=("alice",), leads=("ben",)):
    return {
        team: found if isinstance(found, Unread) else frozenset(map(account, found))
        for team, found in ((DEVELOPERS, developers), (LEADS, leads))
    }


def decided(known, *reviews, **changes):
    return authorize(case(*reviews, policies=(side(known),), **changes), now=NOW)


def why(decision):
    assert isinstance(decision, Unknown), decision
    return [each.rule for each in decision.reasons]


def test_members_of_a_team_count_as_those_of_a_list():
    assert isinstance(decided(members(), review("ben")), Granted)
    assert rules_of(decided(members(leads=["carol"]), review("ben"))) == ["ApprovalRequired", "not-an-approver"]
    assert rules_of(decided(members(developers=["dora"]), review("ben"))) == ["may-not-request"]


def test_a_member_whom_identities_does_not_have_is_nobody():
    stranger = Account(Provider.GITHUB, "12345", "alice")
    known = {**members(), DEVELOPERS: frozenset({stranger})}
    assert rules_of(decided(known, review("ben"))) == ["may-not-request"]


def test_who_may_ask_only_as_a_member_of_a_team_that_is_not_read_waits():
    unknown = decided(members(developers=CLOSED), review("ben"))
    assert unknown == Unknown(
        (
            Reason(
                "membership-unknown",
                "who is in group developers (github team 1 of organization 9) can't be said: HTTP 403",
                "give the token the organization permission `Members: read`",
            ),
        )
    )


def test_what_nobody_asked_for_is_not_read():
    assert why(decided({}, review("ben"))) == ["membership-unknown", "membership-unknown"]


def test_an_approval_that_counts_only_if_a_team_has_its_author_waits():
    assert why(decided(members(leads=CLOSED), review("ben"))) == ["membership-unknown"]


def test_an_approver_by_name_is_enough_whoever_is_in_the_team():
    assert isinstance(decided(members(leads=CLOSED), review("carol")), Granted)


def test_a_request_for_changes_that_may_be_an_approver_s_waits():
    no = review("ben", state=ReviewState.CHANGES_REQUESTED)
    assert why(decided(members(leads=CLOSED), review("carol"), no)) == ["membership-unknown"]
    assert isinstance(decided(members(leads=["dora"]), review("carol"), no), Granted)
    assert rules_of(decided(members(), review("carol"), no)) == ["changes-requested"]


@pytest.mark.parametrize(
    ("reviews", "changes", "rules"),
    [
        ([], {}, ["ApprovalRequired"]),
        (["alice"], {}, ["ApprovalRequired", "self-approval"]),
        (["stranger"], {}, ["ApprovalRequired", "unknown-approver"]),
        (["ben"], {"merged_at": MERGED - timedelta(days=2)}, ["ApprovalRequired", "late-approval"]),
    ],
)
def test_what_is_refused_whoever_is_in_a_team_is_refused(reviews, changes, rules):
    assert rules_of(decided(members(leads=CLOSED), *map(review, reviews), **changes)) == rules


def test_a_decision_that_comes_too_late_is_refused_whoever_is_in_a_team():
    past = {"merged_at": MERGED - timedelta(days=2), "opened_at": MERGED - timedelta(days=2, minutes=10)}
    early = review("ben", submitted_at=MERGED - timedelta(days=2, minutes=5))
    assert rules_of(decided(members(leads=CLOSED), early, **past)) == ["decision-too-late"]


def test_of_two_policies_one_that_is_not_read_is_enough_to_wait():
    static = policy(commit="q" * 40)
    for pair in ((side(members(leads=CLOSED)), static), (static, side(members(leads=CLOSED)))):
        assert why(authorize(case(review("ben"), policies=pair), now=NOW)) == ["membership-unknown"]
        assert isinstance(authorize(case(review("carol"), policies=pair), now=NOW), Granted)


def test_before_the_merge_it_is_told_that_the_team_is_not_read():
    open_ones = authorize(unmerged(policies=(side(members(leads=CLOSED)),)), now=NOW)
    assert isinstance(open_ones, Pending)
    assert [each.rule for each in open_ones.reasons] == ["ApprovalRequired", "membership-unknown"]
    assert open_ones.may_approve == ("carol",)
    assert not open_ones.ready
    approved = unmerged(review("ben"), policies=(side(members(leads=CLOSED)),))
    assert why(authorize(approved, now=NOW)) == ["membership-unknown"]
    for known in (members(), members(leads=CLOSED)):
        ready = authorize(unmerged(review("carol"), policies=(side(known),)), now=NOW)
        assert isinstance(ready, Pending)
        assert ready.ready
        assert [each.rule for each in ready.reasons] == ["not-merged"]


def test_self_service_of_a_team_that_is_not_read_waits():
    own = {"approvers": Audience(groups=frozenset({"developers"})), "block_self_approval": False}

    def merged(known, **changes):
        return authorize(case(policies=(side(known, **own),), **changes), now=NOW)

    assert isinstance(merged(members()), Granted)
    assert why(merged(members(developers=CLOSED))) == ["membership-unknown"]
    assert rules_of(merged(members(developers=CLOSED), pushed_by_author_only=None)) == ["ApprovalRequired"]
    waiting = unmerged(policies=(side(members(developers=CLOSED), **own),))
    assert why(authorize(waiting, now=NOW)) == ["membership-unknown"]


def test_policy_that_only_a_team_approved_that_is_not_read_waits():
    def verdict(known, *reviews):
        step = change(*reviews, files=(), landed_files=(), policy_at_fork="t")
        return authorize_policy(PolicyCase(step, side(known), "t", "t", step.blob_head), now=NOW)

    assert [each.person for each in verdict(members(), review("ben"))] == ["ben"]
    assert why(verdict(members(leads=CLOSED), review("ben"))) == ["membership-unknown"]
    assert rules_of(verdict(members(leads=CLOSED))) == ["policy-not-approved"]
    assert rules_of(verdict(members(leads=["carol"]), review("ben"))) == ["policy-not-approved", "not-an-approver"]
    assert teams_of_policy_approvers(side({})) == {LEADS}


def test_a_limit_by_group_holds_at_its_strictest_while_a_team_is_not_read():
    corp = provider("corp", per_user=3, group_limits=(GroupLimit("leads", 1), GroupLimit("developers", 2)))
    own = {"allowed": Audience(frozenset({"alice@example.com"})), "session_limits": SessionLimits()}
    signed_in = person("alice", identity_providers=("corp",))

    def asked(known, many):
        made = side(known, providers=(corp,), **own)
        everybody = (signed_in, *made.identities.people[1:])
        made = replace(made, identities=replace(made.identities, people=everybody))
        held = [
            HeldSession(RequestId("prod", f"old-{number}"), frozenset({"alice"}), frozenset(), NOW + timedelta(hours=1))
            for number in range(many)
        ]
        return authorize(replace(case(review("carol"), policies=(made,)), sessions=Sessions(tuple(held))), now=NOW)

    assert [type(asked(members(leads=CLOSED), many)) for many in range(3)] == [Granted, Unknown, Unknown]
    assert [type(asked(members(), many)) for many in range(3)] == [Granted, Granted, Denied]
    assert [type(asked(members(leads=["alice"]), many)) for many in range(3)] == [Granted, Denied, Denied]
    assert why(asked(members(leads=CLOSED), 1)) == ["session-limit", "membership-unknown"]


def test_what_was_granted_by_one_of_two_offers_stays_with_it_whoever_is_in_a_team_now():
    first = offer(name="first", allowed=Audience(groups=frozenset({"leads"})))
    second = offer(name="second", allowed=Audience(groups=frozenset({"developers"})))
    known = side(members(), offers=(first, second))
    assert terms_of(breakglass(), "alice", known).source == "offer/second"
    later = side({}, offers=(first, second))
    assert terms_of(breakglass(), "alice", later, decided="offer/second").source == "offer/second"
    assert terms_of(breakglass(), "alice", later).source == "offer/first"
    assert why(authorize(case(review("carol"), request=breakglass(), policies=(later,)), now=NOW))


def test_only_the_teams_that_an_answer_may_depend_on_are_asked_for():
    unconcerned = escalation(name="other", allowed=Audience(), approvers=Audience(groups=frozenset({"leads"})))
    only_static = escalation(approvers=Audience(frozenset({"carol@example.com"})))
    made = policy(only_static, unconcerned, people=people(developers=DEVELOPERS, leads=LEADS))
    assert teams_for(session(), (made,)) == {DEVELOPERS}
    assert teams_for(breakglass(), (made,)) == frozenset()
    limited = replace(made, identity_providers={"corp": provider("corp", group_limits=(GroupLimit("*", 1),))})
    assert teams_for(session(), (made, limited)) == {DEVELOPERS, LEADS}
    offered = policy(people=people(developers=DEVELOPERS, leads=LEADS), offers=(offer(),))
    assert teams_for(breakglass(), (offered,)) == {DEVELOPERS, LEADS}
