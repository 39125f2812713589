"""The laws of what of a grant was needed: it covers what was called, and is never more than was granted."""

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.rbac.algebra import allows, covers
from gitops_breakglass.core.use.needed import Asked, needed
from gitops_breakglass.model.grant import ScopedRules
from tests.laws.test_rbac_laws import UNIVERSE, any_rules

NAMESPACES = ["", "shop", "cart"]

grants = st.lists(
    st.builds(ScopedRules, st.sampled_from(NAMESPACES), any_rules, st.just("ClusterRole ops")),
    max_size=3,
    unique_by=lambda each: each.namespace,
)
many_calls = st.lists(st.builds(Asked, st.sampled_from(NAMESPACES), st.sampled_from(UNIVERSE)), max_size=12)


def held(scopes, namespace):
    return tuple(rule for each in scopes if each.namespace in {namespace, ""} for rule in each.rules)


def of(scopes, namespace):
    return tuple(rule for each in scopes if each.namespace == namespace for rule in each.rules)


@given(grants, many_calls)
def test_what_is_needed_allows_every_call_that_the_grant_allowed(granted, calls):
    found = needed(granted, calls)
    for call in calls:
        was = allows(held(granted, call.namespace), call.attributes)
        assert allows(of(found.scopes, call.namespace), call.attributes) or not was


@given(grants, many_calls)
def test_what_is_needed_is_never_more_than_was_granted(granted, calls):
    for scope in needed(granted, calls).scopes:
        assert covers(held(granted, scope.namespace), scope.rules)


@given(grants, many_calls)
def test_what_is_needed_allows_no_verb_on_no_kind_that_was_not_called(granted, calls):
    called = {(each.namespace, each.attributes.verb, each.attributes.group, each.attributes.resource) for each in calls}
    for scope in needed(granted, calls).scopes:
        for asked in UNIVERSE:
            if asked.resource and allows(scope.rules, asked):
                assert (scope.namespace, asked.verb, asked.group, asked.resource) in called


@given(grants, many_calls)
def test_rights_are_used_or_not(granted, calls):
    found = needed(granted, calls)
    assert found.used + len(found.unused) == found.granted
    assert bool(found.used) == bool(found.scopes)


@given(grants, many_calls)
def test_what_is_needed_is_needed_whole_where_it_is_granted_and_used_again(granted, calls):
    again = needed(granted, calls).scopes
    assert needed(again, calls).scopes == again
