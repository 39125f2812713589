from datetime import timedelta

import pytest

from gitops_breakglass.core.read.deny import unreadable_deny
from gitops_breakglass.core.read.lost import lost_document, lost_file
from gitops_breakglass.core.read.policy_side import read_policy_side
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.identity_provider import GroupLimit, IdentityProvider
from gitops_breakglass.model.policy import RoleBinding
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.rules import PolicyRule
from tests.unit.read.documents import document, documents, rules_of

CONFIGURATION = document(
    "{kind: Configuration, forge: {provider: local, repository: r}, policyApprovers: {groups: [g]},"
    " defaults: {approvalTimeout: 20m}}",
    "breakglass.yaml",
)
IDENTITIES = document("{kind: Identities, people: [], groups: []}", "identities.yaml")
OFFERED = document("{kind: BreakglassEscalation, metadata: {name: restart}, spec: {escalatedGroup: ingress}}")
ROLE = document("{kind: ClusterRole, metadata: {name: ingress}, rules: [{verbs: [get], apiGroups: ['']}]}")
BINDING_TEXT = """
kind: RoleBinding
metadata: {name: ingress, namespace: edge}
roleRef: {kind: ClusterRole, name: ingress}
subjects: [{kind: Group, name: ingress}]
"""
BINDING = document(BINDING_TEXT)


def side(*more, lost=()):
    return read_policy_side((CONFIGURATION, IDENTITIES, *more), commit="c0", lost=lost)


def offered(read):
    return [escalation.name for escalation in read.value.escalations]


@pytest.mark.parametrize("missing", [CONFIGURATION, IDENTITIES])
def test_without_configuration_or_identities_there_is_no_policy_side(missing):
    read = read_policy_side([each for each in (CONFIGURATION, IDENTITIES) if each is not missing], commit="c0")
    assert (read.value, rules_of(read.findings)) == (None, ["policy-incomplete"])


def test_a_configuration_lying_elsewhere_is_none():
    elsewhere = Document("policies/breakglass.yaml", CONFIGURATION.data)
    assert read_policy_side((elsewhere, IDENTITIES), commit="c0").value is None


def test_a_configuration_that_says_nothing_is_none():
    broken = document(
        "{kind: Configuration, forge: {provider: local}, defaults: {minDuration: soon}}", "breakglass.yaml"
    )
    read = read_policy_side((broken, IDENTITIES), commit="c0")
    assert (read.value, rules_of(read.findings)) == (None, ["InvalidDuration"])


def test_an_escalation_takes_the_repositorys_approval_timeout():
    assert side(OFFERED).value.escalations[0].approval_timeout == timedelta(minutes=20)


def test_a_broken_escalation_loses_only_itself():
    broken = document("{kind: BreakglassEscalation, metadata: {name: x}, spec: {escalatedGroup: y, maxValidFor: '1'}}")
    read = side(OFFERED, broken)
    assert offered(read) == ["restart"]
    assert read.value.findings == read.findings
    assert rules_of(read.findings) == ["InvalidDuration"]


def test_of_two_escalations_with_one_name_none_is_offered():
    other = Document("policies/b.yaml", OFFERED.data)
    read = side(OFFERED, other)
    assert offered(read) == []
    assert rules_of(read.findings) == ["duplicate-name", "duplicate-name"]


@pytest.mark.parametrize("kind", ["ClusterRole", "ClusterConfig"])
def test_of_two_roles_or_clusters_with_one_name_none_counts(kind):
    twice = documents(f"{{kind: {kind}, metadata: {{name: x}}}}\n---\n{{kind: {kind}, metadata: {{name: x}}}}")
    read = side(*twice)
    assert (read.value.clusters, read.value.rbac.roles) == ({}, ())


def test_two_deny_policies_with_one_name_both_hold():
    twice = documents(
        "{kind: DenyPolicy, metadata: {name: d}, spec: {appliesTo: {clusters: [a]}}}\n---\n"
        "{kind: DenyPolicy, metadata: {name: d}, spec: {appliesTo: {clusters: [b]}}}"
    )
    assert [deny.scope.clusters for deny in side(*twice).value.deny] == [("a",), ("b",)]


def test_a_deny_policy_that_its_schema_refuses_applies_to_everything():
    refused = document("{kind: DenyPolicy, metadata: {name: d}, spec: {appliesTo: {clusters: [edge-1]}, rulez: []}}")
    read = side(lost=[lost_document(refused)])
    assert read.value.deny == (unreadable_deny("d", Location("policies/a.yaml", 1, 1)),)
    assert rules_of(read.findings) == ["unreadable-policy"]


@pytest.mark.parametrize(
    "content",
    [
        b"kind: DenyPolicy\nspec: [",
        b'"kind" : "denypolicy"\nspec: [',
        b"\xff\xfekind",
        "kind: DenyPolicy".encode("utf-16"),
        b"kind: X\0",
        b"kind: BreakglassEscalation\n---\nkind: DenyPolicy\nspec: [",
    ],
)
def test_a_file_that_may_have_held_a_deny_policy_applies_to_everything(content):
    scopes = side(lost=[lost_file("policies/x.yaml", content, ())]).value.deny
    assert scopes == (unreadable_deny("(unreadable)", Location("policies/x.yaml", 1, 1)),)


def test_a_file_whose_deny_policies_could_all_be_read_loses_none():
    read = document("{kind: DenyPolicy, metadata: {name: d}}")
    lost = lost_file("policies/a.yaml", b"kind: DenyPolicy\n---\nkind: BreakglassEscalation\nspec: [", (read,))
    assert not lost.deny


def test_a_file_with_a_broken_escalation_takes_nothing_else_with_it():
    lost = lost_file("policies/x.yaml", b"kind: BreakglassEscalation\nspec: {denyPolicyRefs: [", ())
    read = side(OFFERED, ROLE, lost=[lost])
    assert (read.value.deny, offered(read)) == ((), ["restart"])


@pytest.mark.parametrize(
    "lost",
    [
        lost_file("policies/x.yaml", BINDING_TEXT.encode() + b"oops: [", ()),
        lost_file("policies/x.yaml", b"\xff", ()),
        lost_document(BINDING),
        lost_document(document("{kind: ClusterRoleBinding, metadata: {name: x}, subject: [{nam: ingress}]}")),
    ],
)
def test_losing_a_binding_never_makes_its_role_hold_everywhere(lost):
    read = side(OFFERED, ROLE, lost=[lost])
    assert offered(read) == []
    assert rules_of(read.findings)[-1] == "unreadable-policy"


def test_losing_a_binding_of_another_group_loses_nothing_else():
    other = BINDING_TEXT.replace("ingress", "other").encode()
    assert offered(side(OFFERED, ROLE, lost=[lost_file("policies/x.yaml", other + b"oops: [", ())])) == ["restart"]


def test_a_group_with_another_binding_keeps_what_that_gives():
    assert offered(side(OFFERED, ROLE, BINDING, lost=[lost_document(BINDING)])) == ["restart"]


def test_a_binding_that_is_there_twice_counts_as_lost():
    assert offered(side(OFFERED, ROLE, BINDING, Document("policies/b.yaml", BINDING.data))) == []


def test_a_binding_without_its_namespace_counts_as_lost():
    everywhere = document(BINDING_TEXT.replace(", namespace: edge", ""))
    read = side(OFFERED, ROLE, everywhere)
    assert (offered(read), read.value.rbac.bindings) == ([], ())


def test_roles_and_bindings_are_read_with_their_namespaces_and_rules_in_order():
    rbac = side(
        document(
            "{kind: Role, metadata: {name: r, namespace: edge}, rules: ["
            "{verbs: [list, get, get], apiGroups: [''], resources: [pods], resourceNames: [b, a]},"
            " {verbs: [get], nonResourceURLs: [/metrics]}, {verbs: [get], nonResourceURLs: [/metrics]}]}"
        ),
        BINDING,
    ).value.rbac
    assert rbac.roles[0].namespace == "edge"
    assert rbac.roles[0].rules == (
        PolicyRule(("get",), non_resource_urls=("/metrics",)),
        PolicyRule(("get", "list"), ("",), ("pods",), ("a", "b")),
    )
    assert rbac.bindings == (
        RoleBinding("ingress", "ClusterRole", "ingress", (Subject("Group", "ingress"),), "edge", BINDING.at()),
    )


GATHERS = "{kind: ClusterRole, metadata: {name: all}, rules: [{verbs: [delete]}], aggregationRule: {clusterRoleSelectors: [SELECTOR]}}"
A_ROLE = (
    "{kind: %s, metadata: {name: %s, labels: {team: %s}}, rules: [{apiGroups: [''], resources: [%s], verbs: [get]}]}"
)


def gathered(selector, *more):
    roles = (document(A_ROLE % ("ClusterRole", name, name, name)) for name in ("pods", "nodes"))
    read = side(document(GATHERS.replace("SELECTOR", selector)), *roles, *more)
    rules = next(each for each in read.value.rbac.roles if each.name == "all").rules
    return {rule.resources[0] for rule in rules}, rules_of(read.findings)


@pytest.mark.parametrize(
    "selector, expected",
    [
        ("{matchLabels: {team: pods}}", {"pods"}),
        ("{matchLabels: {team: pods}}, {matchLabels: {team: nodes}}", {"pods", "nodes"}),
        ("{matchLabels: {team: nobody}}", set()),
        ("{matchExpressions: [{key: team, operator: NotIn, values: [pods]}]}", {"nodes"}),
        ("{}", {"pods", "nodes"}),
    ],
)
def test_an_aggregated_role_has_the_rules_of_the_roles_that_it_selects(selector, expected):
    assert gathered(selector) == (expected, [])


def test_a_role_of_a_namespace_is_not_gathered():
    role = document(A_ROLE.replace("metadata: {", "metadata: {namespace: shop, ") % ("Role", "r", "pods", "secrets"))
    assert gathered("{}", role) == ({"pods", "nodes"}, [])


@pytest.mark.parametrize("wrong", ["In", "NotIn, values: []", "Exists, values: [pods]"])
def test_a_selector_that_no_cluster_takes_gathers_nothing(wrong):
    found = gathered(f"{{}}, {{matchExpressions: [{{key: team, operator: {wrong}}}]}}")
    assert found == (set(), ["aggregated-role"])


def test_a_cluster_says_whose_approval_counts_and_where_people_sign_in():
    config = side(
        document(
            "{kind: ClusterConfig, metadata: {name: prod}, spec: {tenant: t, blockSelfApproval: false,"
            " allowedApproverDomains: [x], identityProviderRefs: [y], environment: z}}"
        )
    ).value.clusters["prod"]
    assert (config.tenant, config.block_self_approval) == ("t", False)
    assert (config.approver_domains, config.identity_providers) == (("x",), ("y",))


def test_identity_providers_are_read_with_their_limits_by_name():
    read = side(
        document(
            "{kind: IdentityProvider, metadata: {name: corp}, spec: {issuer: 'https://x', disabled: true, sessionLimits:"
            " {maxActiveSessionsPerUser: 2, groupOverrides: [{group: 'sre-*', unlimited: true},"
            " {group: dev, maxActiveSessionsPerUser: 1}]}}}"
        )
    )
    location = read.value.identity_providers["corp"].location
    assert read.value.identity_providers == {
        "corp": IdentityProvider(
            name="corp",
            location=location,
            issuer="https://x",
            disabled=True,
            per_user=2,
            group_limits=(GroupLimit("sre-*", unlimited=True), GroupLimit("dev", 1)),
        )
    }


def test_a_provider_whose_groups_can_not_be_told_is_none():
    read = side(
        document(
            "{kind: IdentityProvider, metadata: {name: corp}, spec: {sessionLimits: {groupOverrides: [{group: '['}]}}}"
        )
    )
    assert (read.value.identity_providers, rules_of(read.findings)) == ({}, ["malformed-glob"])


@pytest.mark.parametrize("name", ["policy", "Prod", "a.b", "a/b", "-a", "a" * 64])
def test_a_cluster_whose_name_does_not_do_is_none(name):
    read = side(document(f"{{kind: ClusterConfig, metadata: {{name: {name}}}}}"))
    assert (read.value.clusters, rules_of(read.findings)) == ({}, ["cluster-name"])
