"""The guard of pods at its bounds: as many rules as one policy takes, namespaces that it leaves out, and what is read of it."""

from __future__ import annotations

from collections import Counter

import pytest

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.core.deny.ruleset import rule_sets
from gitops_breakglass.core.install.guard_pods import MOST_IN_ONE, guard_pods
from gitops_breakglass.model.enforcement import Needs
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.harness.becoming import eventually
from tests.cluster.install_fixture import ACCESS
from tests.cluster.pod_stage import (
    OVERRIDE,
    POLICIES,
    PRIVILEGED,
    PodStage,
    a_deny_policy,
    pod_stage,
    policy_side,
)

# The worst there is: a pod that every rule set refuses, so that the authorizer is asked for each.
_CLOSED = "\n  podSecurityRules: {thresholds: [{maxScore: 1000, action: deny}]}"
CLOSED = [a_deny_policy(f"closed-{number:02}", _CLOSED) for number in range(MOST_IN_ONE + 4)]
OPEN = POLICIES["restrict-privileged-exec"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with pod_stage(tmp_path_factory.mktemp("pods"), policy_side(*CLOSED, OPEN), CLOSED[0].name) as stage:
        yield stage


def test_a_grant_is_held_to_its_own_rules_though_all_others_would_refuse(stage: PodStage):
    place = stage.world.namespace("shop")
    alice, bob = stage.users.fresh("alice"), stage.users.fresh("bob")
    stage.world.pod(place, "plain")
    stage.world.pod(place, "privileged", spec=PRIVILEGED)
    stage.grant(place, alice, OPEN.name)
    assert (alice.exec(place, "plain").arrived, alice.exec(place, "privileged").arrived) == (True, False)
    # Held to one in the first policy, and to one in the second.
    for number in (MOST_IN_ONE - 1, MOST_IN_ONE + 3):
        stage.grant(place, bob, f"closed-{number:02}")
        refused = bob.exec(place, "plain")
        assert refused.status == 403
        assert "the deny policy closed-" in refused.message


def test_whoever_is_held_to_everything_is_told_of_a_rule_and_not_of_costs(stage: PodStage):
    place, alice = stage.world.namespace("shop"), stage.users.fresh("alice")
    stage.world.pod(place, "plain")
    stage.grant(place, alice, *(each.name for each in CLOSED), OPEN.name)
    refused = alice.exec(place, "plain")
    assert refused.status == 403
    assert "its risk score is 0" in refused.message


def test_the_reconciler_reads_which_rules_are_held(stage: PodStage):
    with KubernetesCluster(ACCESS.name, KubernetesTarget(str(stage.reconciler.kubeconfig))) as cluster:
        guard = cluster.deny_facts(Needs()).guard
    assert guard.pod_rules == {each.digest for each in rule_sets(stage.policy, ACCESS.name)}
    # As they are, and under the override of the one escalation.
    assert len(guard.pod_rules) == 2 * len(stage.policy.deny)
    assert OVERRIDE in {each.override for each in rule_sets(stage.policy, ACCESS.name)}
    assert guard.uncovered == frozenset()


def test_a_namespace_that_is_left_out_is_not_looked_at_and_any_other_is(stage: PodStage):
    left_out, looked_at = stage.world.namespace("left-out"), stage.world.namespace("shop")
    alice = stage.users.fresh("alice")
    for place in (left_out, looked_at):
        stage.world.pod(place, "privileged", spec=PRIVILEGED)
    stage.grant("", alice, OPEN.name)
    assert not alice.exec(left_out, "privileged").arrived
    sets = rule_sets(stage.policy, ACCESS.name)
    for manifest in guard_pods(sets, {left_out}):
        stage.administrator.apply(manifest)
    eventually(lambda: alice.exec(left_out, "privileged").arrived, "it is not left out")
    assert not alice.exec(looked_at, "privileged").arrived
    with KubernetesCluster(ACCESS.name, KubernetesTarget(str(stage.reconciler.kubeconfig))) as cluster:
        assert cluster.deny_facts(Needs()).guard.uncovered == {left_out}
    for manifest in guard_pods(sets):
        stage.administrator.apply(manifest)
    eventually(lambda: not alice.exec(left_out, "privileged").arrived, "it is still left out")


def test_pods_are_counted_by_namespace(stage: PodStage):
    place = stage.world.namespace("shop")
    for number in range(3):
        stage.world.pod(place, f"web-{number}", running=False)
    counts = stage.administrator.pod_counts()
    # One of others lies about in each namespace.
    assert counts[place] == 4
    whole = Counter(each["metadata"]["namespace"] for each in stage.admin.must("GET", "/api/v1/pods")["items"])
    assert set(counts) <= set(whole) | {place}
