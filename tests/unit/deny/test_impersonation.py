"""Rules about impersonation: each sentence of docs/deny-policies.md on them."""

import pytest

from gitops_breakglass.model.deny import Ask
from tests.unit.deny.asked import ask, policy, said
from tests.unit.deny.test_requests import said_of

USER = "impersonate users/alice"
GROUP = "impersonate groups/admins"
ACCOUNT = "impersonate:serviceaccount serviceaccounts.authentication.k8s.io/ci in build"
NODE = "impersonate:associated-node nodes.authentication.k8s.io/*"
EXTRA = Ask("impersonate", "authentication.k8s.io", "userextras", "scopes", name="view")
ACTION = "impersonate-on:user-info:list secrets in a"
APPS = "impersonate-on:serviceaccount:patch deployments.apps/web in a"


def rule(fields):
    return policy(f"{{impersonationRules: [{fields}]}}")


@pytest.mark.parametrize(
    "fields, words, expected",
    [
        ("{}", USER, True),
        ("{}", ACCOUNT, True),
        ("{}", ACTION, True),
        ("{}", "impersonate:user-info users.authentication.k8s.io/alice", True),
        ("{}", "impersonate:somehow users/alice", True),
        ("{}", "get secrets/db in a", False),
        ("{}", "impersonated users/alice", False),
        ("{}", "Impersonate users/alice", False),
        ("{identities: [alice]}", USER, True),
        ("{identities: ['al*']}", USER, True),
        ("{identities: [bob, '?lice']}", USER, True),
        ("{identities: [bob]}", USER, False),
        ("{identities: [bob]}", "impersonate users/*", True),
        ("{identities: [bob]}", NODE, True),
        ("{identities: ['a*']}", "impersonate users", False),
        ("{identities: ['*']}", "impersonate users", True),
        ("{identityResources: [users]}", USER, True),
        ("{identityResources: [users]}", GROUP, False),
        ("{identityResources: [groups, users]}", GROUP, True),
        ("{identityResources: [groups], identities: [alice]}", USER, False),
        ("{modes: [legacy]}", USER, True),
        ("{modes: [user-info]}", USER, False),
        ("{modes: [serviceaccount]}", ACCOUNT, True),
        ("{modes: [serviceaccount]}", ACTION, False),
        ("{modes: [user-info]}", ACTION, True),
        ("{modes: [associated-node]}", NODE, True),
        ("{namespaces: {patterns: [build]}}", ACCOUNT, True),
        ("{namespaces: {patterns: [other]}}", ACCOUNT, False),
        ("{namespaces: {patterns: [build]}}", USER, False),
        ("{actionVerbs: [list]}", ACTION, True),
        ("{actionVerbs: ['*']}", ACTION, True),
        ("{actionVerbs: ['l*']}", ACTION, False),
        ("{actionVerbs: [get]}", ACTION, False),
        ("{actionVerbs: ['*']}", USER, False),
        ("{actionVerbs: ['*']}", ACCOUNT, False),
        ("{actionVerbs: ['*'], targetResources: [secrets]}", ACTION, True),
        ("{actionVerbs: ['*'], targetResources: [secrets]}", APPS, False),
        ("{actionVerbs: ['*'], targetResources: ['*'], targetAPIGroups: [apps]}", APPS, True),
        ("{actionVerbs: ['*'], targetAPIGroups: ['']}", ACTION, True),
        ("{actionVerbs: ['*'], targetAPIGroups: ['']}", APPS, False),
        ("{actionVerbs: ['*'], targetAPIGroups: ['*']}", APPS, True),
        ("{actionVerbs: ['*'], modes: [serviceaccount]}", ACTION, False),
        # Of what an action can't be about nothing is looked at: more is denied.
        ("{actionVerbs: ['*'], namespaces: {patterns: [other]}}", ACTION, True),
        ("{identities: ['*']}", ACTION, False),
        ("{identityResources: [users]}", ACTION, False),
        ("{extraKeys: ['*']}", ACTION, False),
        ("{namespaces: {patterns: ['*']}}", ACTION, False),
    ],
)
def test_everything_that_a_rule_sets_has_to_hold(fields, words, expected):
    assert (said(rule(fields), words).answer == "deny") is expected


@pytest.mark.parametrize(
    "fields, expected",
    [
        ("{extraKeys: [scopes]}", "deny"),
        ("{extraKeys: ['sc*']}", "deny"),
        ("{extraKeys: [other]}", "no-match"),
        ("{extraKeys: [scopes], identities: [view]}", "deny"),
        ("{extraKeys: [scopes], identities: [edit]}", "no-match"),
    ],
)
def test_the_key_of_an_extra_field_is_the_subresource_and_its_value_the_name(fields, expected):
    assert said_of(rule(fields), EXTRA) == expected


@pytest.mark.parametrize(
    "verb",
    [
        "impersonate:",
        "impersonate:legacy",
        "impersonate:other",
        "impersonate:user-info:list",
        "impersonate-on:",
        "impersonate-on:user-info",
        "impersonate-on:user-info:",
        "impersonate-on:legacy:list",
        "impersonate-on:other:list",
        "impersonate-on:user-info:list:more",
    ],
)
def test_a_verb_that_nobody_knows_is_met_only_by_a_rule_that_sets_nothing(verb):
    everything = Ask(verb, "", "users", name="*")
    verdict = said_of(rule("{}"), everything)
    assert verdict == "deny"
    fields = (
        "identities: ['*']",
        "identityResources: [users]",
        "modes: [user-info, serviceaccount, arbitrary-node, associated-node, legacy]",
        "extraKeys: ['*']",
        "namespaces: {patterns: ['*']}",
        "actionVerbs: ['*']",
        "targetResources: ['*']",
        "targetAPIGroups: ['*']",
    )
    assert [each for each in fields if said_of(rule(f"{{{each}}}"), everything) != "no-match"] == []


@pytest.mark.parametrize(
    "fields, words, reason",
    [
        ("{reason: ask the owners}", USER, "ask the owners"),
        ("{}", USER, "acting as users alice is denied (legacy impersonation)"),
        ("{}", "impersonate users", "acting as users (any) is denied (legacy impersonation)"),
        ("{}", ACTION, "to list secrets in the name of others is denied (user-info impersonation)"),
        ("{}", APPS, "to patch deployments.apps in the name of others is denied (serviceaccount impersonation)"),
        ("{}", "impersonate:x users/a", "impersonate:x is no way to impersonate that is known"),
        (
            "{reason: mine, namespaces: {selectorTerms: [{matchLabels: {a: b}}]}}",
            ACCOUNT,
            "the labels of namespace build are not known, and by them it may be denied",
        ),
    ],
)
def test_a_denial_says_what_its_rule_says_or_what_was_asked(fields, words, reason):
    verdict = said(rule(fields), words)
    assert (verdict.answer, verdict.reason, verdict.score, verdict.factors) == ("deny", reason, None, ())


def test_labels_of_the_account_s_namespace_count():
    one = rule("{namespaces: {selectorTerms: [{matchLabels: {team: x}}]}}")
    assert said(one, ACCOUNT, namespace_labels={"team": "x"}).answer == "deny"
    assert said(one, ACCOUNT, namespace_labels={"team": "y"}).answer == "no-match"


def test_they_come_before_every_other_rule_of_every_policy():
    plain = policy("{precedence: 1, rules: [{verbs: ['*'], apiGroups: ['*'], resources: ['*']}]}", "plain")
    late = policy("{precedence: 900, impersonationRules: [{identities: [alice]}]}", "late")
    assert said([plain, late], USER).policy == "late"
    assert said([plain, late], GROUP).policy == "plain"


def test_of_several_the_policy_with_the_lowest_precedence_is_told_and_its_first_rule():
    late = policy("{precedence: 9, impersonationRules: [{reason: late}]}", "late")
    early = policy("{precedence: 8, impersonationRules: [{identities: [bob]}, {reason: a}, {reason: b}]}", "early")
    verdict = said([late, early], USER)
    assert (verdict.policy, verdict.reason) == ("early", "a")


def test_a_policy_out_of_scope_is_not_asked():
    assert said(policy("{appliesTo: {clusters: [other]}, impersonationRules: [{}]}"), USER).answer == "no-match"


def test_the_words_of_these_tests_are_read_as_meant():
    assert ask(ACCOUNT) == Ask(
        "impersonate:serviceaccount", "authentication.k8s.io", "serviceaccounts", namespace="build", name="ci"
    )
