"""What rules allow and cover, as the API server has it."""

import pytest

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
from gitops_breakglass.core.rbac.manifest import describe, from_manifest, to_manifest
from gitops_breakglass.model.rules import PolicyRule
from tests.unit.rbac.stock import ROLES

EVERYTHING = (rule(["*"], ["*"], groups=["*"]),)
PODS = (rule(["get", "list"], ["pods"]),)
WEB_0 = (rule(["get", "delete"], ["pods"], names=["web-0"]),)
SCALES = (rule(["patch"], ["*/scale"], groups=["*"]),)
HEALTH = (rule(["get"], urls=["/healthz", "/readyz/*"]),)


@pytest.mark.parametrize(
    "rules, asked, answer",
    [
        (PODS, Attributes("get", "", "pods", "web-0"), True),
        (PODS, Attributes("list", "", "pods"), True),
        (PODS, Attributes("delete", "", "pods", "web-0"), False),
        (PODS, Attributes("get", "apps", "pods", "web-0"), False),
        (PODS, Attributes("get", "", "pods/log", "web-0"), False),
        (PODS, Attributes("Get", "", "pods", "web-0"), False),
        (EVERYTHING, Attributes("impersonate", "", "users", "eve"), True),
        (EVERYTHING, Attributes("create", "", "pods/exec", "web-0"), True),
        (EVERYTHING, Attributes("get", url="/metrics"), False),
        (WEB_0, Attributes("get", "", "pods", "web-0"), True),
        (WEB_0, Attributes("get", "", "pods", "web-1"), False),
        (WEB_0, Attributes("get", "", "pods"), False),
        (SCALES, Attributes("patch", "apps", "deployments/scale", "web"), True),
        (SCALES, Attributes("patch", "apps", "deployments", "web"), False),
        (SCALES, Attributes("patch", "apps", "scale", "web"), False),
        ((rule(["get"], ["pods/*"]),), Attributes("get", "", "pods/log", "web-0"), False),
        ((rule(["get"], ["deployments"], groups=["*"]),), Attributes("get", "extensions", "deployments"), True),
        (HEALTH, Attributes("get", url="/healthz"), True),
        (HEALTH, Attributes("get", url="/healthz/etcd"), False),
        (HEALTH, Attributes("get", url="/readyz/etcd"), True),
        (HEALTH, Attributes("get", url="/readyz"), False),
        (HEALTH, Attributes("post", url="/healthz"), False),
        ((rule(["*"], urls=["*"]),), Attributes("delete", url="/anything"), True),
        ((rule(["*"], urls=["*"]),), Attributes("get", "", "pods"), False),
        ((), Attributes("get", "", "pods"), False),
    ],
)
def test_rules_allow_what_the_authorizer_allows(rules, asked, answer):
    assert allows(rules, asked) is answer


@pytest.mark.parametrize(
    "owner, asked, answer",
    [
        (EVERYTHING, PODS, True),
        (PODS, EVERYTHING, False),
        (PODS, WEB_0, False),
        ((rule(["get", "delete"], ["pods"]),), WEB_0, True),
        (WEB_0, (rule(["get"], ["pods"]),), False),
        # Two rules of the holder together cover one that is asked for.
        ((rule(["get"], ["pods"]), rule(["list"], ["pods"])), PODS, True),
        (SCALES, (rule(["patch"], ["deployments/scale"], groups=["apps"]),), True),
        (SCALES, (rule(["patch"], ["*/scale"], groups=["apps"]),), True),
        ((rule(["patch"], ["deployments/scale"], groups=["apps"]),), SCALES, False),
        # All verbs one by one are not the wildcard, even if nothing else is served.
        ((rule(["get", "list", "create"], ["pods"]),), (rule(["*"], ["pods"]),), False),
        ((rule(["get"], urls=["/healthz*"]),), (rule(["get"], urls=["/healthz/etcd", "/healthz/*"]),), True),
        ((rule(["get"], urls=["/healthz/*"]),), (rule(["get"], urls=["/healthz"]),), False),
        ((), (), True),
        ((), (PolicyRule(verbs=("get",)),), True),
    ],
)
def test_rules_cover_what_their_holder_may_hand_out(owner, asked, answer):
    assert covers(owner, asked) is answer


def test_what_is_not_covered_is_told():
    assert uncovered(PODS, (rule(["get", "delete"], ["pods", "secrets"]),)) == (
        rule(["delete"], ["pods"]),
        rule(["delete", "get"], ["secrets"]),
    )


def test_the_canonical_form_merges_and_drops_what_another_rule_covers():
    rules = (
        rule(["list"], ["pods"]),
        rule(["get"], ["pods"]),
        rule(["get", "list"], ["services"]),
        rule(["get"], ["pods"], names=["web-0"]),
        rule(["delete"], ["pods"], names=["web-0"]),
        rule(["delete"], ["pods"], names=["web-1"]),
        rule(["get", "list"], ["pods"], groups=["metrics.k8s.io"]),
        rule(["get"], urls=["/readyz/etcd", "/readyz/**", "/version"]),
    )
    assert canonical(rules) == (
        rule(["delete"], ["pods"], names=["web-0", "web-1"]),
        rule(["get", "list"], ["pods", "services"]),
        rule(["get", "list"], ["pods"], groups=["metrics.k8s.io"]),
        rule(["get"], urls=["/readyz/*", "/version"]),
    )


def test_a_wildcard_swallows_what_stands_beside_it():
    assert union(EVERYTHING, PODS, SCALES, WEB_0, (rule(["*", "get"], ["*"], groups=["*"]),)) == EVERYTHING


def test_an_intersection_takes_the_narrower_of_each_word():
    everything_of_apps = (rule(["*"], ["*"], groups=["apps"]),)
    reading = (rule(["get"], ["pods", "*/scale"], groups=["*"], names=["web", "db"]),)
    both = (rule(["get"], ["*/scale", "pods"], groups=["apps"], names=["db", "web"]),)
    assert intersect(everything_of_apps, reading) == both
    assert intersect(reading, everything_of_apps) == both
    assert intersect(reading, (rule(["get"], ["pods"], names=["web", "cache"]),)) == (
        rule(["get"], ["pods"], names=["web"]),
    )
    assert intersect(PODS, HEALTH) == ()


def test_stock_roles_contain_each_other():
    assert covers(ROLES["admin"], ROLES["edit"])
    assert covers(ROLES["edit"], ROLES["view"])
    assert intersect(ROLES["admin"], ROLES["view"]) == canonical(ROLES["view"])
    assert not covers(ROLES["view"], ROLES["edit"])
    assert not covers(ROLES["cluster-admin"][:1], ROLES["system:discovery"])
    assert covers(ROLES["cluster-admin"], ROLES["system:discovery"])


def test_rules_are_written_as_kubernetes_has_them():
    rules = (rule(["get"], ["pods", "pods"], names=["b", "a"]), rule(["get"], urls=["/version"]))
    assert to_manifest(rules) == [
        {"apiGroups": [""], "resources": ["pods"], "resourceNames": ["a", "b"], "verbs": ["get"]},
        {"nonResourceURLs": ["/version"], "verbs": ["get"]},
    ]


@pytest.mark.parametrize(
    "data, message",
    [
        ([{"verbs": "get"}], "rules[0].verbs must be a list of strings, not 'get'"),
        ([{"verbs": []}, {"resources": [1]}], "rules[1].resources must be a list of strings, not [1]"),
        (["get"], "rules[0] must be a mapping, not 'get'"),
    ],
)
def test_rules_that_are_not_lists_of_words_are_refused(data, message):
    with pytest.raises(ValueError) as error:
        from_manifest(data)
    assert str(error.value) == message


def test_a_role_may_have_no_rules_at_all():
    assert from_manifest(None) == ()


@pytest.mark.parametrize(
    "one, text",
    [
        (rule(["list", "get"], ["pods"]), "get, list pods (core)"),
        (
            rule(["patch"], ["deployments/scale"], groups=["apps"], names=["web"]),
            "patch deployments/scale named web (apps)",
        ),
        (rule(["get"], urls=["/version"]), "get /version"),
    ],
)
def test_a_rule_reads_as_a_phrase(one, text):
    assert describe(one) == text
