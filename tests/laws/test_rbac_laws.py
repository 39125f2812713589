"""The laws of the algebra of rules, over a small universe in which every question can be asked."""

from functools import lru_cache
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core.rbac.algebra import (
    Attributes,
    allows,
    canonical,
    covers,
    intersect,
    rule,
    uncovered,
    union,
)
from gitops_breakglass.core.rbac.expand import STOCK_URLS, expand
from gitops_breakglass.core.rbac.manifest import from_manifest, to_manifest
from gitops_breakglass.core.rbac.never import subtract_never
from gitops_breakglass.core.render.narrow import narrow, stricter
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import ApiResource, Discovery

RBAC = "rbac.authorization.k8s.io"
OURS = "access.gitops-breakglass.dev"
GROUPS = ["", "apps", RBAC, OURS]
RESOURCES = ["pods", "pods/exec", "deployments", "deployments/scale", "serviceaccounts/token"]
VERBS = ["get", "create", "use", "escalate", "impersonate", "impersonate:user-info"]
NAMES = ["", "web-0", "web-1"]
URLS = ["/a", "/ab", "/a/b", "/metrics", "/version", "/"]

ON_RESOURCES = [Attributes(v, g, r, n) for v, g, r, n in product(VERBS, GROUPS, RESOURCES, NAMES)]
UNIVERSE = ON_RESOURCES + [Attributes(verb, url=url) for verb, url in product(VERBS, URLS)]


def some(words, *, at_least=1):
    return st.sets(st.sampled_from(words), min_size=at_least, max_size=3)


def rules_of(verbs, groups, resources, urls):
    on_resources = st.builds(
        lambda v, r, g, n: rule(v, r, groups=g, names=n),
        some(verbs),
        some(resources),
        some(groups),
        some(["web-0", "web-1"], at_least=0),
    )
    on_urls = st.builds(lambda v, u: rule(v, urls=u), some(verbs), some(urls))
    return st.lists(st.one_of(on_resources, on_resources, on_urls), max_size=4).map(tuple)


plain_rules = rules_of(VERBS, GROUPS, RESOURCES, URLS)
any_rules = rules_of(
    [*VERBS, "*", "*"],
    [*GROUPS, "*", "*"],
    [*RESOURCES, "*", "*", "*/scale", "*/exec", "pods/*"],
    [*URLS, "*", "/*", "/a*", "/a/*", "/a**"],
)
discoveries = st.dictionaries(
    st.tuples(st.sampled_from(GROUPS), st.sampled_from(RESOURCES)), some(["get", "create"]), max_size=8
).map(
    lambda served: Discovery(tuple(ApiResource(*kind, tuple(verbs), namespaced=True) for kind, verbs in served.items()))
)
scopes = st.dictionaries(st.sampled_from(["", "shop", "bank"]), any_rules.map(canonical).filter(bool)).map(
    lambda places: tuple(ScopedRules(place, rules, "test") for place, rules in sorted(places.items()))
)


@lru_cache(maxsize=256)
def asked(rules):
    return {each for each in UNIVERSE if allows(rules, each)}


@given(any_rules, any_rules)
def test_a_union_allows_what_either_allows(a, b):
    assert asked(union(a, b)) == asked(a) | asked(b)


@given(any_rules, any_rules)
def test_an_intersection_allows_what_both_allow(a, b):
    assert asked(intersect(a, b)) == asked(a) & asked(b)


@given(any_rules, any_rules)
def test_an_intersection_is_covered_by_both(a, b):
    assert covers(a, intersect(a, b))
    assert covers(b, intersect(a, b))


@given(any_rules, any_rules)
def test_an_intersection_with_more_is_what_it_was(a, b):
    assert intersect(a, union(a, b)) == canonical(a)


@given(any_rules)
def test_the_canonical_form_allows_the_same_and_is_final(rules):
    assert asked(canonical(rules)) == asked(rules)
    assert canonical(canonical(rules)) == canonical(rules)
    assert canonical(tuple(reversed(rules))) == canonical(rules)
    assert covers(rules, canonical(rules))
    assert covers(canonical(rules), rules)


@given(plain_rules, plain_rules)
def test_rules_without_wildcards_that_allow_the_same_have_one_form(a, b):
    nameless = {Attributes(each.verb, each.group, each.resource, "other", each.url) for each in UNIVERSE}
    same = all(allows(a, each) == allows(b, each) for each in {*UNIVERSE, *nameless})
    assert (canonical(a) == canonical(b)) is same


@given(plain_rules)
def test_rules_taken_apart_and_joined_again_are_the_same(rules):
    apart = tuple(
        rule([verb], [resource], groups=[group], names=each.resource_names)
        for each in rules
        for verb, resource, group in product(each.verbs, each.resources, each.api_groups)
    )
    apart += tuple(rule([v], urls=[url]) for each in rules for v, url in product(each.verbs, each.non_resource_urls))
    assert canonical(apart) == canonical(rules)


@given(any_rules)
def test_rules_survive_being_written_and_read(rules):
    assert from_manifest(to_manifest(rules)) == rules


@given(any_rules, any_rules)
def test_who_covers_rules_allows_all_that_they_allow(owner, rules):
    if covers(owner, rules):
        assert asked(rules) <= asked(owner)
    assert covers(union(owner, rules), rules)


@given(any_rules, any_rules)
def test_covering_is_what_the_api_server_takes_it_for(owner, rules):
    assert covers(owner, rules) is all(any(holds(one, part) for one in owner) for part in broken_down(rules))


def broken_down(rules):
    """One verb of one resource (and one name), or of one URL, at a time: so the API server compares rules."""
    for each in rules:
        for verb, group, resource in product(each.verbs, each.api_groups, each.resources):
            for name in each.resource_names or (None,):
                yield verb, group, resource, name, None
        for verb, url in product(each.verbs, each.non_resource_urls):
            yield verb, None, None, None, url


def holds(owner, part):
    verb, group, resource, name, url = part
    if "*" not in owner.verbs and verb not in owner.verbs:
        return False
    if url is not None:
        return any(u == url or (u.endswith("*") and url.startswith(u.rstrip("*"))) for u in owner.non_resource_urls)
    below = resource.split("/", 1)[1] if "/" in resource else None
    return (
        ("*" in owner.api_groups or group in owner.api_groups)
        and ("*" in owner.resources or resource in owner.resources or (below and f"*/{below}" in owner.resources))
        and (not owner.resource_names or (name is not None and name in owner.resource_names))
    )


@given(any_rules, any_rules)
def test_what_is_uncovered_is_what_is_missing(owner, rules):
    missing = uncovered(owner, rules)
    assert covers(union(owner, missing), rules)
    assert covers(rules, missing)
    assert canonical(missing) == missing
    assert not any(covers(owner, (each,)) for each in missing)


def spelled_out(rules, attributes):
    """Whether a rule names the group, the resource and the verb themselves."""
    return any(
        attributes.verb in each.verbs
        and attributes.group in each.api_groups
        and attributes.resource in each.resources
        and (not each.resource_names or attributes.name in each.resource_names)
        for each in rules
    )


def expected(rules, discovery):
    served = {(each.group, each.name, verb) for each in discovery.resources for verb in each.verbs}
    return {
        each
        for each in ON_RESOURCES
        if spelled_out(rules, each) or ((each.group, each.resource, each.verb) in served and allows(rules, each))
    }


def is_never_granted(asked):
    return (
        asked.verb in {"escalate", "bind"}
        or asked.verb.startswith("impersonate")
        or asked.resource == "serviceaccounts/token"
        or (asked.group == RBAC and asked.verb not in {"get", "list", "watch"})
        or asked.group == OURS
    )


@given(any_rules, discoveries)
def test_expanded_rules_allow_what_is_served_or_spelled_out_and_never_more(rules, discovery):
    expanded = expand(rules, discovery)
    assert {each for each in ON_RESOURCES if allows(expanded, each)} == expected(rules, discovery)
    assert asked(expanded) <= asked(rules)
    assert no_wildcard_is_left(expanded)


@given(any_rules, discoveries)
def test_expanding_again_changes_nothing(rules, discovery):
    assert expand(expand(rules, discovery), Discovery()) == expand(rules, discovery)


@given(any_rules, discoveries)
def test_what_is_never_granted_is_taken_out_and_nothing_else(rules, discovery):
    left = subtract_never(rules, discovery).rules
    wanted = {each for each in expected(rules, discovery) if not is_never_granted(each)}
    assert {each for each in ON_RESOURCES if allows(left, each)} == wanted
    assert asked(left) <= asked(rules)
    assert no_wildcard_is_left(left)
    assert left == canonical(left)


@given(any_rules, discoveries)
def test_taking_out_what_is_never_granted_twice_finds_nothing_more(rules, discovery):
    once = subtract_never(rules, discovery)
    assert subtract_never(once.rules, discovery).rules == once.rules
    assert subtract_never(once.rules, discovery).removed == ()


def no_wildcard_is_left(rules):
    words = [word for each in rules for word in (*each.verbs, *each.api_groups, *each.resources)]
    urls = [url for each in rules for url in each.non_resource_urls]
    return not any("*" in word for word in words) and not {"*", "/*"} & set(urls)


@given(any_rules, discoveries)
def test_a_bare_url_wildcard_reads_the_stock_urls_and_no_others(rules, discovery):
    bare = tuple(rule(each.verbs, urls={"*"}) for each in rules)
    left = {(verb, url) for each in expand(bare, discovery) for verb in each.verbs for url in each.non_resource_urls}
    assert left <= {("get", url) for url in STOCK_URLS}


def places(scopes):
    """What is allowed in each place; what is cluster-wide holds everywhere."""
    everywhere = {each for scope in scopes if not scope.namespace for each in asked(scope.rules)}
    found = {"": everywhere}
    for name in ("shop", "bank", "elsewhere"):
        found[name] = everywhere | {each for scope in scopes if scope.namespace == name for each in asked(scope.rules)}
    return found


@given(scopes, scopes)
def test_narrowing_leaves_in_each_place_what_both_allow(signed, current):
    left = places(narrow(signed, current))
    ours, theirs = places(signed), places(current)
    assert left == {place: ours[place] & theirs[place] for place in ours}


@given(scopes, scopes)
def test_the_stricter_of_two_is_the_same_either_way(a, b):
    assert places(stricter(a, b)) == places(stricter(b, a))


@given(scopes)
def test_a_grant_of_which_nothing_is_gone_stays_as_it_was_signed(signed):
    more = (
        (*signed, ScopedRules("", (rule(["get"], ["nodes"]),), "more"), ScopedRules("new", signed[0].rules, "more"))
        if signed
        else ()
    )
    assert narrow(signed, signed) == signed
    assert narrow(signed, more) == signed
