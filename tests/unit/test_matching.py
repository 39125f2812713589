"""What a request is compared with: globs, escalations, offers, and what deny policies are about."""

import fnmatch
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.core import glob
from gitops_breakglass.core.deny.scope import in_scope, is_for_place
from gitops_breakglass.core.escalations import applies_to, candidates
from gitops_breakglass.core.offers import misfits
from gitops_breakglass.model.deny import Circumstances, DenyRule, DenyScope
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.identity import Identities, Provider
from gitops_breakglass.model.policy import Audience, Configuration, Escalation, Offer, PolicySide
from gitops_breakglass.model.request import BreakglassRequest, NamespaceRules, RequestId, Schedule, SessionRequest
from gitops_breakglass.model.rules import PolicyRule

HERE = Location("policies/a.yaml", 1, 1)
ID = RequestId("prod-1", "inc-1")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "pattern, name, expected",
    [
        ("prod-1", "prod-1", True),
        ("prod-1", "prod-10", False),
        ("prod-*", "prod-1", True),
        ("prod-*", "prod-", True),
        ("prod-?", "prod-", False),
        ("*", "a/b", False),
        ("a/*/c", "a/b/c", True),
        ("*-*-1", "a-b-c-1", True),
        ("*1", "1-1", True),
        ("[a-c]x", "bx", True),
        ("[^a-c]x", "bx", False),
        ("[!a]", "!", True),
        ("[\\]]", "]", True),
        ("\\*", "*", True),
        ("\\*", "x", False),
        ("*.*", "abc", False),
        ("", "", True),
        ("Prod", "prod", False),
    ],
)
def test_globs_are_those_of_go(pattern, name, expected):
    assert glob.matches(pattern, name) is expected


@pytest.mark.parametrize("pattern", ["[", "[]", "[]a]", "[a", "[a-", "[a-]", "[-a]", "\\", "a\\", "[^]", "*[a"])
def test_a_malformed_glob_is_said_to_be_and_matches_nothing(pattern):
    assert glob.problem(pattern)
    assert not glob.matches_any((pattern,), "a")


def test_a_lone_star_is_every_name():
    assert glob.matches_any(("*",), "a/b")


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_without_slashes_and_classes_globs_are_the_shells(pattern, name):
    assert glob.matches(pattern, name) is fnmatch.fnmatchcase(name, pattern)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_a_glob_or_is_said_not_to_be(pattern, name):
    assert glob.problem(pattern) or glob.matches(pattern, name) in {True, False}


def test_a_hostile_glob_takes_no_time():
    assert not glob.matches("*a" * 200 + "b", "a" * 2000)


def escalation(name="shell", group="g", clusters=("prod-*",)):
    return Escalation(
        name=name,
        group=group,
        clusters=clusters,
        allowed=Audience(),
        approvers=Audience(),
        max_valid_for=HOUR,
        approval_timeout=HOUR,
        block_self_approval=None,
        request_reason_mandatory=False,
        approval_reason_mandatory=False,
        location=HERE,
    )


def policy(*escalations):
    configuration = Configuration(Provider.LOCAL, "r", Audience())
    return PolicySide("c", configuration, Identities(), escalations=escalations)


def session(**fields):
    return SessionRequest(ID, Document(ID.path, {}), **fields)


def test_an_escalation_without_clusters_is_offered_nowhere():
    assert applies_to(escalation(), "prod-1")
    assert not applies_to(escalation(), "edge")
    assert not applies_to(escalation(clusters=()), "prod-1")
    assert applies_to(escalation(clusters=("*",)), "edge")


def test_a_session_means_what_it_names():
    shell, other, elsewhere = escalation(), escalation("other"), escalation("elsewhere", clusters=("edge",))
    side = policy(shell, other, elsewhere)
    assert candidates(session(escalation="shell"), side) == (shell,)
    assert candidates(session(granted_group="g"), side) == (shell, other)
    assert candidates(session(escalation="other", granted_group="g"), side) == (other,)
    assert candidates(session(escalation="other", granted_group="h"), side) == ()
    assert candidates(session(escalation="elsewhere"), side) == ()
    assert candidates(session(), side) == ()


RULES = (PolicyRule(("get", "list"), ("apps",), ("deployments",)),)
OFFER = Offer(
    name="view",
    clusters=("prod-*",),
    allowed=Audience(),
    approvers=Audience(),
    max_duration=timedelta(hours=8),
    cluster_roles=frozenset({"view"}),
    namespaces=frozenset({"shop-*"}),
    rules=RULES,
)


def breakglass(duration=HOUR, cron=None, **fields):
    return BreakglassRequest(ID, Document(ID.path, {}), Schedule(duration, cron=cron), **fields)


def test_what_an_offer_has_may_be_asked_for():
    asked = breakglass(timedelta(hours=8), cluster_roles=("view",), policy=(NamespaceRules("shop-eu", RULES),))
    assert misfits(asked, OFFER) == ()


EVERY_NAMESPACE = Offer("all", ("*",), Audience(), Audience(), HOUR, namespaces=frozenset({"*"}), rules=RULES)


@pytest.mark.parametrize(
    "request_, offer, expected",
    [
        (breakglass(), Offer("o", ("edge",), Audience(), Audience(), HOUR), "cluster prod-1 is not among its clusters"),
        (breakglass(cluster_roles=("admin",)), OFFER, "cluster role admin is not among its clusterRoles"),
        (breakglass(policy=(NamespaceRules("bank", ()),)), OFFER, "namespace bank is not among its namespaces"),
        (
            breakglass(policy=(NamespaceRules("", RULES),)),
            EVERY_NAMESPACE,
            "namespace (the whole cluster) is not among its namespaces",
        ),
        (
            breakglass(policy=(NamespaceRules("shop-eu", (PolicyRule(("delete",), ("apps",), ("deployments",)),)),)),
            OFFER,
            "for namespace shop-eu it does not offer delete on deployments (apps)",
        ),
        (breakglass(None), OFFER, "no duration is given, so access would never end"),
        (breakglass(timedelta(hours=9)), OFFER, "duration 9h is longer than its maxDuration 8h"),
        (breakglass(cron="0 9 * * *"), OFFER, "it does not offer recurring access"),
        (breakglass(approval_required=False), OFFER, "it is not to be had without approval"),
    ],
)
def test_each_excess_over_an_offer_is_told(request_, offer, expected):
    assert [words for words, _ in misfits(request_, offer)] == [expected]


UNDER = Circumstances(cluster="prod", tenant="shop", session="inc-1", escalation="shell")


@pytest.mark.parametrize("field, key", [("clusters", "cluster"), ("tenants", "tenant"), ("sessions", "session")])
def test_each_list_of_a_deny_policy_has_to_match(field, key):
    value = getattr(UNDER, key)
    assert in_scope(DenyScope(), UNDER)
    assert in_scope(DenyScope(**{field: ("x", value)}), UNDER)
    assert in_scope(DenyScope(**{field: ("*",)}), UNDER)
    assert not in_scope(DenyScope(**{field: ("x",)}), UNDER)
    assert not in_scope(DenyScope(**{field: (value[:-1] + "*",)}), UNDER)


def test_a_deny_policy_for_escalations_leaves_a_breakglass_alone():
    assert in_scope(DenyScope(escalations=("shell",)), UNDER)
    assert not in_scope(DenyScope(escalations=("shell",)), replace(UNDER, escalation=None))


def test_all_lists_of_a_deny_policy_have_to_match_together():
    assert not in_scope(DenyScope(clusters=("prod",), tenants=("bank",)), UNDER)
    assert not in_scope(DenyScope(tenants=("shop",)), replace(UNDER, tenant=None))


def test_a_rule_of_the_scope_cluster_is_for_requests_without_a_namespace():
    rule = DenyRule(("list",), ("",), ("secrets",), Location("policies/deny.yaml"))
    wide = replace(rule, cluster_wide=True)
    assert [is_for_place(each, place) for each in (rule, wide) for place in ("", "shop")] == [True, True, True, False]
