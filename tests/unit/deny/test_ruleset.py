"""Rule sets: which pod rules the guard of a cluster has to hold, and what they are called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gitops_breakglass.core.deny.ruleset import MOST, RuleSet, digest_of, rule_sets
from gitops_breakglass.model.deny import (
    Action,
    DenyPolicy,
    DenyScope,
    PodOverride,
    PodRules,
    RiskFactors,
    Threshold,
)
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.identity import Identities, Provider
from gitops_breakglass.model.policy import Audience, ClusterConfig, Configuration, Escalation, PolicySide

HERE = Location("policies/deny.yaml", 3, 1)
PODS = PodRules(HERE, RiskFactors(privileged_container=100), (Threshold(49, Action.ALLOW),))
POLICY = DenyPolicy("restrict-privileged-exec", HERE, pods=PODS)
OVERRIDE = PodOverride(max_allowed_score=200)


def escalation(name: str, override: PodOverride | None, *clusters: str) -> Escalation:
    return Escalation(
        name=name,
        group=name,
        clusters=clusters or ("prod",),
        allowed=Audience(),
        approvers=Audience(),
        max_valid_for=timedelta(hours=1),
        approval_timeout=timedelta(hours=1),
        block_self_approval=None,
        request_reason_mandatory=False,
        approval_reason_mandatory=False,
        location=HERE,
        override=override,
    )


def sets(*policies: DenyPolicy, escalations: tuple[Escalation, ...] = ()) -> tuple[RuleSet, ...]:
    configuration = Configuration(Provider.LOCAL, "acme/access", Audience())
    clusters = {"prod": ClusterConfig("prod", HERE, tenant="acme")}
    whole = PolicySide("c" * 40, configuration, Identities(), clusters, escalations, deny=policies)
    return rule_sets(whole, "prod")


def test_a_policy_is_held_once_as_it_is_and_once_for_each_override_that_could_apply():
    escalations = (escalation("sre", OVERRIDE), escalation("ops", None), escalation("also-sre", OVERRIDE))
    assert sets(POLICY, escalations=escalations) == (
        RuleSet(POLICY.name, PODS),
        RuleSet(POLICY.name, PODS, OVERRIDE),
    )


def test_an_override_of_an_escalation_that_is_offered_elsewhere_is_not_held_here():
    assert sets(POLICY, escalations=(escalation("sre", OVERRIDE, "staging"),)) == (RuleSet(POLICY.name, PODS),)


def test_a_policy_for_other_escalations_is_not_held_under_this_ones_override():
    scoped = replace(POLICY, scope=DenyScope(escalations=("automation",)))
    assert sets(scoped, escalations=(escalation("sre", OVERRIDE),)) == (RuleSet(POLICY.name, PODS),)
    assert len(sets(scoped, escalations=(escalation("automation", OVERRIDE),))) == 2


def test_a_policy_for_certain_sessions_is_held_since_any_request_could_be_one():
    scoped = replace(POLICY, scope=DenyScope(sessions=("inc-1",)))
    assert sets(scoped, escalations=(escalation("sre", OVERRIDE),)) == sets(
        POLICY, escalations=(escalation("sre", OVERRIDE),)
    )


def test_a_policy_that_an_escalation_refers_to_is_held_whatever_it_is_for():
    elsewhere = replace(POLICY, scope=DenyScope(clusters=("staging",)))
    referring = replace(escalation("sre", OVERRIDE), deny_refs=(POLICY.name,))
    assert sets(elsewhere, escalations=(referring,)) == (
        RuleSet(POLICY.name, PODS),
        RuleSet(POLICY.name, PODS, OVERRIDE),
    )


def test_rules_with_numbers_that_admission_could_not_add_up_are_not_held():
    for risk in (RiskFactors(host_ipc=2**31), RiskFactors(capabilities=(("A", -(2**31)),))):
        assert sets(replace(POLICY, pods=replace(PODS, risk=risk))) == ()
    assert sets(replace(POLICY, pods=replace(PODS, thresholds=(Threshold(2**31, Action.ALLOW),)))) == ()
    assert len(sets(POLICY, escalations=(escalation("sre", PodOverride(2**31)),))) == 1


def test_policies_for_other_clusters_and_tenants_and_those_without_pod_rules_are_not_held():
    assert sets(replace(POLICY, scope=DenyScope(clusters=("staging",)))) == ()
    assert sets(replace(POLICY, scope=DenyScope(tenants=("other",)))) == ()
    assert sets(replace(POLICY, scope=DenyScope(clusters=("prod",), tenants=("acme",)))) == (
        RuleSet(POLICY.name, PODS),
    )
    assert sets(replace(POLICY, pods=None)) == ()


def test_rules_for_subresources_that_no_pod_is_read_for_are_not_held():
    assert sets(replace(POLICY, pods=replace(PODS, subresources=("log", "proxy")))) == ()
    (held,) = sets(replace(POLICY, pods=replace(PODS, subresources=("log", "attach"))))
    assert held.subresources == ("attach",)


def test_no_more_are_held_than_a_cluster_can_ask_for_and_those_without_override_come_first():
    policies = tuple(replace(POLICY, name=f"policy-{number:03}") for number in range(MOST - 1))
    found = sets(*policies, escalations=(escalation("a", OVERRIDE), escalation("b", PodOverride(1))))
    assert len(found) == MOST
    assert [each.override for each in found] == [None] * (MOST - 1) + [OVERRIDE]


def test_a_digest_is_of_what_is_said_and_not_of_where():
    digest = digest_of(POLICY.name, PODS, None)
    assert digest == digest_of(POLICY.name, replace(PODS, location=Location("elsewhere.yaml", 9, 9)), None)
    others = {
        digest_of("another", PODS, None),
        digest_of(POLICY.name, PODS, PodOverride()),
        digest_of(POLICY.name, PODS, OVERRIDE),
        digest_of(POLICY.name, replace(PODS, exempt_labels=(("a", "b"),)), None),
        digest_of(POLICY.name, replace(PODS, risk=RiskFactors(privileged_container=99)), None),
        digest_of(POLICY.name, replace(PODS, thresholds=(Threshold(49, Action.DENY),)), None),
    }
    assert len(others | {digest}) == 7
    assert len(digest) == 16


def test_one_policy_that_no_api_server_takes_does_not_keep_the_others_out():
    many = tuple(Threshold(number, Action.DENY) for number in range(51))
    wordy = (Threshold(1, Action.DENY, "r" * 20_001),)
    weights = RiskFactors(capabilities=tuple((f"C{number}", 1) for number in range(46)))
    for name, pods in (
        ("many", replace(PODS, thresholds=many)),
        ("wordy", replace(PODS, thresholds=wordy)),
        ("weights", replace(PODS, risk=weights)),
        ("two\nlines", PODS),
    ):
        assert [each.policy_name for each in sets(DenyPolicy(name, HERE, pods=pods), POLICY)] == [POLICY.name]
    assert len(sets(replace(POLICY, pods=replace(PODS, thresholds=many[:50])))) == 1
