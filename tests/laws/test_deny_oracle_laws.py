"""The laws of compiling deny policies: what a cluster lets pass is granted and not denied, and no less where exact."""

from dataclasses import replace
from itertools import product

from hypothesis import event, given, settings
from hypothesis import strategies as st

from gitops_breakglass.core.deny.compile import compile_denies, needs
from gitops_breakglass.core.deny.compile.pod_denial import marker
from gitops_breakglass.core.rbac.algebra import uncovered, union
from gitops_breakglass.model.enforcement import Means, Needs
from tests.laws.deny_oracle import SEEN, allows, is_denied, is_into_a_pod, rbac_allows
from tests.laws.deny_worlds import (
    BLIND,
    KINDS,
    PLACES,
    UNDER,
    contents,
    discoveries,
    grants,
    guards,
    overrides,
    some_policies,
    universe,
    world_of,
)


@st.composite
def cases(draw, *, complete=False):
    denies, override = draw(some_policies), draw(overrides)
    guard = draw(guards(denies, override, complete=complete))
    return draw(grants()), denies, override, draw(discoveries()), world_of(draw(contents()), guard)


def compiled(scopes, policies, override, discovery, world, *, facts=None):
    asked = needs(scopes, policies, UNDER, override=override, discovery=discovery, guard=world.guard)
    facts = facts or world.facts(asked)
    return compile_denies(scopes, policies, UNDER, override=override, discovery=discovery, facts=facts)


def about(scopes, found, world):
    """Return the calls that the grant gives, before or after; of all others no policy is asked."""
    kinds = {kind for scope in scopes for each in scope.rules for kind in product(each.api_groups, each.resources)}
    return [
        call
        for call in universe(world, sorted(kinds & set(KINDS)))
        if rbac_allows(scopes, call) or rbac_allows(found.rendered, call)
    ]


def check_that_nothing_denied_passes(case, found, world):
    scopes, policies, override, _, _ = case
    for call in about(scopes, found, world):
        if not allows(found, call, world):
            continue
        assert rbac_allows(scopes, call), call
        assert not is_denied(policies, call, UNDER, override, world), call
        if call.verb == "deletecollection":
            # Each object of a collection is one that might have been deleted by its name.
            alone = replace(call, verb="delete", carries=True)
            assert not is_denied(policies, alone, UNDER, override, world), call


@settings(max_examples=300)
@given(cases())
def test_what_a_cluster_lets_pass_is_granted_and_not_denied(case):
    found = compiled(*case)
    event(f"refused: {bool(found.problems)}")
    for each in found.enforcement:
        event(f"{each.means}, exact: {each.exact}")
    check_that_nothing_denied_passes(case, found, case[-1])


@settings(max_examples=200)
@given(cases())
def test_where_every_means_is_exact_nothing_else_is_kept_away(case):
    scopes, policies, override, _, world = case
    found = compiled(*case)
    if found.problems or not all(each.exact for each in found.enforcement):
        return
    for call in about(scopes, found, world):
        if rbac_allows(scopes, call) and not is_denied(policies, call, UNDER, override, world):
            event("compared")
            assert allows(found, call, world), call


@settings(max_examples=200)
@given(cases(complete=True), contents())
def test_what_the_guard_sees_is_denied_by_what_is_there_at_that_moment(case, later):
    scopes, policies, override, _, world = case
    found = compiled(*case)
    now = world_of(later, (world.guard, world.rule_sets))
    for call in about(scopes, found, now):
        is_seen = call.group not in BLIND and (call.verb in SEEN or is_into_a_pod(call))
        if is_seen and allows(found, call, now):
            event("passed later")
            assert not is_denied(policies, call, UNDER, override, now), call


@given(cases())
def test_an_object_that_is_made_by_changing_it_is_one_whose_making_is_not_denied(case):
    scopes, policies, override, _, world = case
    found = compiled(*case)
    for call in about(scopes, found, world):
        there = {name for _, name in world.names(call.group, call.resource, call.namespace)}
        if call.verb not in ("update", "patch") or call.subresource or call.name in there:
            continue
        if allows(found, call, world, applied=True):
            event(f"made by {call.verb}")
            assert not is_denied(policies, call, UNDER, override, world), call
            assert not is_denied(policies, replace(call, verb="create"), UNDER, override, world), call


@given(cases())
def test_compiling_again_what_was_kept_keeps_the_same(case):
    scopes, policies, override, discovery, world = case
    first = compiled(scopes, policies, override, discovery, world)
    if first.problems:
        return
    again = compiled(first.kept, policies, override, discovery, world)
    assert again.problems == ()
    assert (again.kept, again.rendered, again.guard) == (first.kept, first.rendered, first.guard)
    assert again.enumerated == first.enumerated
    assert [each for each in again.enforcement if each.means is not Means.SUBTRACTED] == [
        each for each in first.enforcement if each.means is not Means.SUBTRACTED
    ]


@given(cases(), st.randoms())
def test_neither_the_order_of_the_policies_nor_having_one_twice_changes_anything(case, random):
    scopes, policies, override, discovery, world = case
    shuffled = [*policies, *policies]
    random.shuffle(shuffled)
    assert compiled(*case) == compiled(scopes, tuple(shuffled), override, discovery, world)


@given(cases(), some_policies)
def test_more_policies_leave_no_more(case, more):
    scopes, policies, override, discovery, world = case
    fewer = compiled(scopes, (*policies, *more), override, discovery, world)
    found = compiled(*case)
    for call in about(scopes, found, world):
        assert allows(found, call, world) or not allows(fewer, call, world), call


@given(cases())
def test_facts_that_were_not_asked_for_change_nothing(case):
    scopes, policies, override, discovery, world = case
    keys = frozenset((group, resource.partition("/")[0], place) for group, resource in KINDS for place in ("", *PLACES))
    everything = world.facts(Needs(namespaces=True, pods=frozenset({"*"}), names=keys))
    assert compiled(*case) == compiled(scopes, policies, override, discovery, world, facts=everything)


@given(cases())
def test_what_is_enumerated_is_all_that_a_role_holds_beyond_what_was_signed(case):
    world = case[-1]
    found = compiled(*case)
    for place in {each.namespace for each in found.rendered}:
        signed = union(*(each.rules for each in found.kept if each.namespace == place))
        follows = union(*(each.rules for each in found.enumerated if each.namespace == place))
        for each in (scope for scope in found.rendered if scope.namespace == place):
            beyond = uncovered(union(signed, (marker(world.guard.pod_rules),)), each.rules)
            assert beyond == ()
            assert uncovered(each.rules, follows) == ()
