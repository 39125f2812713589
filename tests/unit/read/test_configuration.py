from datetime import timedelta

import pytest

from gitops_breakglass.core.read.configuration import read_configuration
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.policy import (
    Audience,
    Brakes,
    ClusterAccess,
    Configuration,
    KubernetesTarget,
    ManifestsTarget,
    Offer,
    ReconcilerKey,
)
from gitops_breakglass.model.rules import PolicyRule
from tests.unit.read.documents import document, rules_of
from tests.unit.read.test_identities import ECDSA, ED25519


def read(text):
    return read_configuration(document(text, "breakglass.yaml"))


def test_what_is_left_out_has_its_default():
    found = read("{forge: {provider: local, repository: r}, policyApprovers: {users: [dana@example.com]}}")
    assert found.findings == ()
    assert found.value == Configuration(Provider.LOCAL, "r", Audience(users=frozenset({"dana@example.com"})))
    assert found.value.block_self_approval is True


def test_everything_is_read():
    found = read(
        f"""
forge: {{provider: github, repository: "123", defaultBranch: trunk, apiUrl: "https://git.example.com/api"}}
policyApprovers: {{groups: [security]}}
reconcilers: [{{name: ci, publicKey: "{ED25519} comment"}}]
defaults: {{blockSelfApproval: false, approvalTimeout: 2h, decisionWindow: 1h, minDuration: 5m, maxDuration: 1d}}
brakes: {{maxNewGrants: 0}}
clusters:
  prod: {{kubernetes: {{kubeconfig: k, context: c}}, reconciler: r, sweeper: s}}
  here: {{kubernetes: {{inCluster: true}}}}
  edge: {{manifests: {{folder: out}}}}
offers:
  - name: view
    clusters: [prod]
    allowed: {{users: [a@example.com]}}
    approvers: {{groups: [sre]}}
    clusterRoles: [view]
    namespaces: [shop]
    rules: [{{apiGroups: [apps], resources: [deployments], verbs: [get]}}]
    maxDuration: 8h
    recurring: true
    approvalOptional: true
    blockSelfApproval: false
    approvalTimeout: 5m
"""
    )
    assert found.findings == ()
    assert found.value == Configuration(
        provider=Provider.GITHUB,
        repository="123",
        policy_approvers=Audience(groups=frozenset({"security"})),
        reconciler_keys=(ReconcilerKey("ci", ED25519),),
        offers=(
            Offer(
                name="view",
                clusters=("prod",),
                allowed=Audience(users=frozenset({"a@example.com"})),
                approvers=Audience(groups=frozenset({"sre"})),
                max_duration=timedelta(hours=8),
                cluster_roles=frozenset({"view"}),
                namespaces=frozenset({"shop"}),
                rules=(PolicyRule(("get",), ("apps",), ("deployments",)),),
                recurring=True,
                approval_optional=True,
                block_self_approval=False,
                approval_timeout=timedelta(minutes=5),
            ),
        ),
        clusters={
            "prod": ClusterAccess("prod", KubernetesTarget("k", "c"), "r", "s"),
            "here": ClusterAccess("here", KubernetesTarget(in_cluster=True)),
            "edge": ClusterAccess("edge", ManifestsTarget("out")),
        },
        default_branch="trunk",
        api_url="https://git.example.com/api",
        block_self_approval=False,
        approval_timeout=timedelta(hours=2),
        decision_window=timedelta(hours=1),
        min_duration=timedelta(minutes=5),
        max_duration=timedelta(days=1),
        brakes=Brakes(max_new_grants=0),
    )


@pytest.mark.parametrize(
    "text, rule",
    [
        ("{forge: {provider: x}}", "schema"),
        ("{forge: {provider: local}, clusters: {a: {}}}", "schema"),
        ("{forge: {provider: local}, clusters: {a: {kubernetes: {}, manifests: {folder: f}}}}", "schema"),
        ("{forge: {provider: local}, reconcilers: [{name: a, publicKey: ssh-rsa AAAA}]}", "invalid-key"),
        ("{forge: {provider: local}, offers: [{name: a, maxDuration: 0h}]}", "InvalidDuration"),
    ],
)
def test_a_configuration_that_can_be_misread_is_none(text, rule):
    found = read(text)
    assert (found.value, rules_of(found.findings)) == (None, [rule])


def test_decisions_are_not_signed_with_keys_of_other_types():
    found = read(f"{{forge: {{provider: local}}, reconcilers: [{{name: a, publicKey: {ECDSA}}}]}}")
    assert [finding.message for finding in found.findings] == [
        "this is no public key of a reconciler: decisions are signed with Ed25519 keys only"
    ]
