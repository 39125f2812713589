"""What a rule of a deny policy is about: each sentence of docs/deny-policies.md on rules."""

import pytest

from gitops_breakglass.model.deny import Ask, Circumstances
from tests.unit.deny.asked import policy, said


def rule(rest="", *, verbs="[get]", groups="['']", resources="[secrets]"):
    return policy(f"{{rules: [{{verbs: {verbs}, apiGroups: {groups}, resources: {resources}{rest}}}]}}")


def denies(one, words, **known):
    return said(one, words, **known).answer == "deny"


@pytest.mark.parametrize(
    "one, words, expected",
    [
        (rule(), "get secrets/db in a", True),
        (rule(), "list secrets in a", False),
        (rule(), "get configmaps/db in a", False),
        (rule(), "get secrets.example.com/db in a", False),
        (rule(), "get secrets/db", True),
        (rule(verbs="['*']"), "escalate secrets/db in a", True),
        (rule(groups="['*']"), "get secrets.example.com/db in a", True),
        (rule(groups="[example.com]"), "get secrets/db in a", False),
        (rule(resources="['*']"), "get configmaps/db in a", True),
        (rule(resources="['s*']"), "get secrets/db in a", False),
        (rule(verbs="['g*']"), "get secrets/db in a", False),
        (rule(resources="[pods/exec]"), "get pods/web/exec in a", False),
        (rule(resources="[Secrets]"), "get secrets/db in a", False),
        (rule(verbs="[]"), "get secrets/db in a", False),
        (rule(groups="[]"), "get secrets/db in a", False),
        (rule(resources="[]"), "get secrets/db in a", False),
    ],
)
def test_verbs_groups_and_resources_are_words_or_a_star(one, words, expected):
    assert denies(one, words) is expected


@pytest.mark.parametrize(
    "listed, asked, expected",
    [
        ("", "get pods/web in a", True),
        ("", "get pods/web/exec in a", True),
        (", subresources: []", "get pods/web/exec in a", True),
        (", subresources: [exec]", "get pods/web/exec in a", True),
        (", subresources: [exec]", "get pods/web/log in a", False),
        (", subresources: [exec]", "get pods/web in a", False),
        (", subresources: ['*']", "get pods/web in a", True),
        (", subresources: ['']", "get pods/web in a", True),
        (", subresources: ['']", "get pods/web/log in a", False),
        (", subresources: ['ex*']", "get pods/web/exec in a", False),
    ],
)
def test_no_subresources_are_all_of_them_and_the_resource_itself(listed, asked, expected):
    assert denies(rule(listed, resources="[pods]"), asked) is expected


@pytest.mark.parametrize(
    "names, asked, expected",
    [
        ("[]", "get secrets/db in a", True),
        ("[]", "get secrets in a", True),
        ("['*']", "get secrets in a", True),
        ("[db]", "get secrets/db in a", True),
        ("[db]", "get secrets in a", False),
        ("['db*']", "get secrets in a", False),
        ("['?*']", "get secrets in a", False),
        ("['**']", "get secrets in a", True),
        ("[DB]", "get secrets/db in a", False),
        ("['d[^x]']", "get secrets/db in a", True),
        ("['d[^b]']", "get secrets/db in a", False),
        ("['d[!x]']", "get secrets/db in a", False),
        ("['d[!b]']", "get secrets/db in a", True),
        ("['d[']", "get secrets/db in a", False),
        ("['d[', db]", "get secrets/db in a", True),
        (r"['d\b']", "get secrets/db in a", True),
    ],
)
def test_names_are_globs_and_no_name_is_met_by_none_and_by_a_star(names, asked, expected):
    assert denies(rule(f", resourceNames: {names}"), asked) is expected


def test_a_lone_star_is_a_name_with_slashes_too_and_any_other_star_stops_there():
    # A name with a slash is one that some servers of their own API give to what they serve.
    slash = Ask("get", "", "secrets", "", "a", "x/y")
    for names, answer in (("['*']", "deny"), ("['x*']", "no-match"), ("['x/*']", "deny"), ("['x?y']", "no-match")):
        assert said_of(rule(f", resourceNames: {names}"), slash) == answer


def said_of(one, asked):
    from gitops_breakglass.core.deny.evaluate import evaluate

    return evaluate([one], asked, Circumstances("prod-1")).answer


@pytest.mark.parametrize("verb", ["list", "watch", "deletecollection", "create"])
def test_a_rule_with_names_does_not_meet_what_carries_none(verb):
    one = rule(", resourceNames: [db, 'd*']", verbs="['*']")
    assert not denies(one, f"{verb} secrets in a")
    assert denies(rule(", resourceNames: ['*']", verbs="['*']"), f"{verb} secrets in a")


def test_creating_a_subresource_carries_the_name():
    one = rule(", resourceNames: [web]", verbs="[create]", resources="[pods]")
    assert denies(one, "create pods/web/exec in a")
    assert not denies(one, "create pods/db/exec in a")


@pytest.mark.parametrize(
    "wanted, namespace, labels, expected",
    [
        ("{}", "a", None, True),
        ("{}", "", None, True),
        ("{patterns: []}", "", None, True),
        ("{patterns: [], selectorTerms: []}", "a", None, True),
        ("{patterns: [a]}", "a", None, True),
        ("{patterns: [a]}", "b", None, False),
        ("{patterns: [a]}", "", None, False),
        ("{patterns: ['*']}", "", None, True),
        ("{patterns: ['?*']}", "", None, False),
        ("{patterns: ['a*']}", "", None, False),
        ("{patterns: [A]}", "a", None, False),
        ("{patterns: [b, 'a?']}", "a1", None, True),
        ("{selectorTerms: [{}]}", "a", {}, True),
        ("{selectorTerms: [{}]}", "a", None, True),
        ("{selectorTerms: [{}]}", "", None, False),
        ("{selectorTerms: [{}]}", "", {}, True),
        ("{selectorTerms: [{matchLabels: {team: x}}]}", "a", {"team": "x"}, True),
        ("{selectorTerms: [{matchLabels: {team: x}}]}", "a", {"team": "y"}, False),
        ("{selectorTerms: [{matchLabels: {team: x, env: p}}]}", "a", {"team": "x"}, False),
        ("{selectorTerms: [{matchLabels: {team: ''}}]}", "a", {}, False),
        ("{selectorTerms: [{matchLabels: {team: x}}, {matchLabels: {team: y}}]}", "a", {"team": "y"}, True),
        ("{patterns: [a], selectorTerms: [{matchLabels: {team: x}}]}", "a", {"team": "y"}, True),
        ("{patterns: [b], selectorTerms: [{matchLabels: {team: x}}]}", "a", {"team": "y"}, False),
        ("{patterns: [b], selectorTerms: [{matchLabels: {team: x}}]}", "", None, False),
    ],
)
def test_namespaces_match_by_any_pattern_or_any_term(wanted, namespace, labels, expected):
    assert (
        denies(rule(f", namespaces: {wanted}"), f"get secrets/db in {namespace}", namespace_labels=labels) is expected
    )


@pytest.mark.parametrize(
    "expression, labels, expected",
    [
        ("{key: t, operator: In, values: [x, y]}", {"t": "y"}, True),
        ("{key: t, operator: In, values: [x, y]}", {"t": "z"}, False),
        ("{key: t, operator: In, values: [x, y]}", {}, False),
        ("{key: t, operator: NotIn, values: [x, y]}", {"t": "y"}, False),
        ("{key: t, operator: NotIn, values: [x, y]}", {"t": "z"}, True),
        ("{key: t, operator: NotIn, values: [x, y]}", {}, True),
        ("{key: t, operator: Exists}", {"t": ""}, True),
        ("{key: t, operator: Exists, values: [x]}", {"t": "z"}, True),
        ("{key: t, operator: Exists}", {"u": "x"}, False),
        ("{key: t, operator: DoesNotExist}", {"u": "x"}, True),
        ("{key: t, operator: DoesNotExist}", {"t": "x"}, False),
    ],
)
def test_an_expression_looks_at_one_label(expression, labels, expected):
    one = rule(f", namespaces: {{selectorTerms: [{{matchExpressions: [{expression}]}}]}}")
    assert denies(one, "get secrets/db in a", namespace_labels=labels) is expected


def test_labels_and_expressions_of_a_term_hold_together():
    term = "{matchLabels: {team: x}, matchExpressions: [{key: env, operator: In, values: [p]}]}"
    one = rule(f", namespaces: {{selectorTerms: [{term}]}}")
    assert denies(one, "get secrets/db in a", namespace_labels={"team": "x", "env": "p"})
    assert not denies(one, "get secrets/db in a", namespace_labels={"team": "x", "env": "q"})
    assert not denies(one, "get secrets/db in a", namespace_labels={"env": "p"})


def test_where_labels_would_tell_and_are_not_known_it_is_denied_and_said():
    one = rule(", namespaces: {selectorTerms: [{matchLabels: {team: x}}]}")
    verdict = said(one, "get secrets/db in a")
    assert (verdict.answer, verdict.policy, verdict.reason) == (
        "deny",
        "deny",
        "the labels of namespace a are not known, and by them it may be denied",
    )
    assert said(one, "get secrets/db in a", namespace_labels={"team": "x"}).reason is None
    assert not denies(one, "get configmaps/db in a")


def test_a_rule_about_the_whole_cluster_is_about_requests_in_no_namespace():
    one = rule(", scope: Cluster", verbs="[list]")
    assert denies(one, "list secrets")
    assert not denies(one, "list secrets in a")


def test_requests_for_no_resource_are_not_what_policies_are_about():
    everything = rule(verbs="['*']", groups="['*']", resources="['*']")
    assert said_of(everything, Ask("get", path="/metrics")) == "no-match"
    assert said_of(everything, Ask("impersonate", path="/metrics")) == "no-match"
