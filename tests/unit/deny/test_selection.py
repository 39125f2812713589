"""Which deny policies hold for a request: those in whose scope it is, and those that it is held to by name."""

import pytest

from gitops_breakglass.core.deny.scope import in_scope
from gitops_breakglass.core.deny.selection import circumstances, policies_for, selected_by_all, unknown_refs
from gitops_breakglass.model.deny import GLOBAL, Circumstances, DenyPolicy, DenyScope, PodOverride
from gitops_breakglass.model.finding import Location
from tests.unit.authorize.world import breakglass, cluster, escalation, policy, session


def deny(name, line=1, **scope):
    return DenyPolicy(name, Location("policies/deny.yaml", line), DenyScope(**scope))


EVERYWHERE = deny("everywhere")
HERE = deny("here", clusters=("prod",))
ELSEWHERE = deny("elsewhere", clusters=("edge",))
OF_A_TENANT = deny("of-a-tenant", tenants=("shop",))
OF_A_SESSION = deny("of-a-session", sessions=("inc-2",))
OF_AN_ESCALATION = deny("of-an-escalation", escalations=("restart",))
ALL = (ELSEWHERE, OF_AN_ESCALATION, EVERYWHERE, OF_A_SESSION, HERE, OF_A_TENANT)


def names(found):
    return [each.name for each in found]


def test_policies_hold_in_whose_scope_a_request_is_in_the_order_of_their_files():
    assert policies_for(session(), escalation(), policy(deny=ALL)) == (EVERYWHERE, HERE)


def test_what_scopes_are_held_against_comes_from_request_cluster_and_escalation():
    side = policy(cluster=cluster(tenant="shop"))
    assert circumstances(session(), escalation(), side) == Circumstances("prod", "shop", "inc-1", "shell")
    assert circumstances(breakglass(), None, side) == Circumstances("prod", "shop", "inc-1", None)
    assert circumstances(session(), escalation(), policy()).tenant is None


def test_a_policy_that_the_escalation_names_holds_whatever_it_applies_to():
    named = escalation(deny_refs=("of-a-session", "elsewhere"))
    found = policies_for(session(), named, policy(named, deny=ALL))
    assert names(found) == ["elsewhere", "everywhere", "of-a-session", "here"]
    assert all(in_scope(each.scope, Circumstances("anywhere")) for each in found if each.name != "here")


def test_a_policy_that_the_session_names_holds_beside_those_of_the_escalation():
    named = escalation(deny_refs=("elsewhere",))
    found = policies_for(session(deny_refs=("of-a-tenant",)), named, policy(named, deny=ALL))
    assert names(found) == ["elsewhere", "everywhere", "here", "of-a-tenant"]


def test_a_reference_never_takes_a_policy_away():
    named = escalation(deny_refs=("here",))
    assert names(policies_for(session(), named, policy(named, deny=ALL))) == ["everywhere", "here"]


@pytest.mark.parametrize("lines", [(1, 2), (2, 1)])
def test_all_policies_of_a_name_hold_where_one_is_named(lines):
    doubled = tuple(deny("elsewhere", line, clusters=("edge",)) for line in lines)
    named = escalation(deny_refs=("elsewhere",))
    found = policies_for(session(), named, policy(named, deny=doubled))
    assert [(each.location.line, each.scope) for each in found] == [(line, GLOBAL) for line in lines]


def test_a_breakglass_has_no_escalation_and_names_no_policy():
    assert names(policies_for(breakglass(), None, policy(deny=ALL))) == ["everywhere", "here"]


def test_names_that_are_no_policys_are_told():
    named = escalation(deny_refs=("here", "hear"))
    assert unknown_refs(named, policy(named, deny=ALL)) == ("hear",)


def test_a_grant_is_held_to_what_each_policy_side_has_by_its_own_words():
    before = policy(deny=(HERE, EVERYWHERE), cluster=cluster(tenant="shop"))
    now = policy(deny=(EVERYWHERE, OF_A_TENANT))
    found = selected_by_all(session(), "escalation/shell", (before, now))
    assert [(each.name, each.scope) for each in found.policies] == [("here", GLOBAL), ("everywhere", GLOBAL)]
    assert found.under == Circumstances("prod", None, "inc-1", "shell")


def test_an_override_counts_only_where_every_policy_side_says_the_same_of_it():
    wide, narrow = PodOverride(max_allowed_score=100), PodOverride(max_allowed_score=10)
    for sides, override in (((wide, wide), wide), ((narrow, wide), None), ((None, wide), None), ((wide,), wide)):
        offered = [policy(escalation(override=each)) for each in sides]
        assert selected_by_all(session(), "escalation/shell", offered).override == override
    assert selected_by_all(breakglass(), "offer/shell", [policy(escalation(override=wide))]).override is None
