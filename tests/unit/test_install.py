"""What install applies, in which order, and what it refuses to apply."""

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from gitops_breakglass.core.install.admission import literal
from gitops_breakglass.core.install.bundle import bundle
from gitops_breakglass.core.install.guard import longest_window
from gitops_breakglass.core.install.marks import LABELS
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.model.errors import UsageError
from tests.unit.installation import READS, a_policy, an_escalation, an_offer, given


def test_the_bounds_come_before_the_rights():
    built = bundle(given())
    kinds = [each["kind"] for each in built.manifests]
    assert kinds == [
        "Namespace",
        "CustomResourceDefinition",
        *["ValidatingAdmissionPolicy"] * 12,
        *["ValidatingAdmissionPolicyBinding"] * 12,
        "ServiceAccount",
        "ServiceAccount",
        *["ClusterRole", "Role"] * 2,
        *["ClusterRoleBinding", "RoleBinding"] * 2,
        "ClusterRole",
        "ClusterRoleBinding",
        "Lease",
        "Lease",
        "TrustRoot",
    ]
    assert {each["kind"] for each in built.bounds}.isdisjoint({"ClusterRoleBinding", "RoleBinding"})


def test_every_object_is_marked_as_installed_and_none_as_a_grants():
    for manifest in bundle(given()).manifests:
        assert LABELS.items() <= manifest["metadata"]["labels"].items()
        assert not manifest["metadata"]["name"].startswith("bg-")


def test_no_role_holds_a_wildcard_or_a_right_that_makes_rights():
    roles = [each for each in bundle(given()).manifests if each["kind"] in {"Role", "ClusterRole"}]
    for each in (each for role in roles for each in role["rules"]):
        words = {*each["verbs"], *each["apiGroups"], *each["resources"]}
        assert words.isdisjoint({"*", "escalate", "bind", "impersonate", "deletecollection"})


def test_the_sweeper_holds_no_right_to_create_and_not_the_ceiling():
    manifests = bundle(given()).manifests
    bound = {
        each["roleRef"]["name"]
        for each in manifests
        if each["kind"].endswith("RoleBinding") and each["subjects"][0]["name"] == "sweeper"
    }
    held = [each for each in manifests if each["kind"] in {"Role", "ClusterRole"} and each["metadata"]["name"] in bound]
    assert bound == {"gitops-breakglass-sweeper"}
    assert not any("create" in rule["verbs"] for role in held for rule in role["rules"])


def test_the_ceiling_is_what_the_reconciler_is_bound_to():
    manifests = {(each["kind"], each["metadata"]["name"]): each for each in bundle(given()).manifests}
    assert manifests["ClusterRole", "gitops-breakglass-ceiling"]["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps", "secrets"], "verbs": ["get", "list"]}
    ]
    binding = manifests["ClusterRoleBinding", "gitops-breakglass-ceiling"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "namespace": "gitops-breakglass", "name": "reconciler"}]


def test_a_user_or_an_account_of_elsewhere_is_bound_and_not_made():
    manifests = bundle(given(reconciler="oidc:ci", sweeper="system:serviceaccount:ops:sweeper")).manifests
    assert not [each for each in manifests if each["kind"] == "ServiceAccount"]
    subjects = [each["subjects"][0] for each in manifests if each["kind"] == "ClusterRoleBinding"]
    user = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "oidc:ci"}
    assert subjects == [user, {"kind": "ServiceAccount", "namespace": "ops", "name": "sweeper"}, user]


def test_a_username_can_not_break_out_of_the_policies():
    name = 'x" || true || "\\'
    policies = [each for each in bundle(given(reconciler=name)).bounds if each["kind"] == "ValidatingAdmissionPolicy"]
    conditions = [
        each["spec"]["matchConditions"][0]["expression"] for each in policies if "matchConditions" in each["spec"]
    ]
    assert any(r'"x\" || true || \"\\"' in condition for condition in conditions)
    assert not any(re.search(r'(?<!\\)" \|\| true', condition) for condition in conditions)


@pytest.mark.parametrize(
    "names, says",
    [
        (("ci", "ci"), "reconciler and sweeper are both 'ci'"),
        (("", "sweeper"), "'' can't be the reconciler"),
        (("system:anonymous", "sweeper"), "'system:anonymous' can't be the reconciler"),
        (("ci", "system:kube-controller-manager"), "'system:kube-controller-manager' can't be the sweeper"),
        (("system:serviceaccount:ci", "sweeper"), "'system:serviceaccount:ci' can't be the reconciler"),
        (("c\ni", "sweeper"), "can't be the reconciler"),
    ],
)
def test_usernames_that_would_bound_nothing_are_refused(names, says):
    with pytest.raises(UsageError) as refused:
        bundle(given(reconciler=names[0], sweeper=names[1]))
    assert says in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "held",
    [
        rule(["*"], ["configmaps"]),
        rule(["get"], ["*"]),
        rule(["get"], ["configmaps"], groups=["*"]),
        rule(["get"], urls=["*"]),
        rule(["escalate"], ["roles"]),
        rule(["bind"], ["roles"]),
        rule(["impersonate"], ["users"]),
    ],
)
def test_a_ceiling_that_would_bound_nothing_is_refused(held):
    with pytest.raises(UsageError, match="the ceiling would hold"):
        bundle(given(ceiling=(*READS, held)))


def test_the_version_follows_what_the_policies_say():
    versions = [
        bundle(each).version
        for each in (
            given(),
            given(longest=timedelta(hours=9)),
            given(reconciler="oidc:ci"),
            given(sweeper="oidc:sweeper"),
        )
    ]
    assert len(set(versions)) == 4
    assert bundle(given()).version == bundle(given(ceiling=())).version


# -- how long a window may be


def test_the_longest_window_is_that_of_what_the_cluster_is_offered():
    here, elsewhere = an_escalation(hours=2), an_escalation("other", clusters=("edge-*",), hours=99)
    policy = a_policy(
        escalations=(here, elsewhere), offers=(an_offer(hours=4), an_offer(clusters=("edge-1",), hours=98))
    )
    assert longest_window(policy, "prod-1") == timedelta(hours=4)
    assert longest_window(a_policy(escalations=(here,)), "prod-1") == timedelta(hours=2)


def test_where_nothing_is_offered_no_window_is_short_enough():
    assert longest_window(a_policy(escalations=(an_escalation(),)), "edge-1") == timedelta()
    said = [
        each["message"]
        for policy in bundle(given(longest=timedelta())).bounds
        if policy["kind"] == "ValidatingAdmissionPolicy"
        for each in policy["spec"]["validations"]
    ]
    assert any("no window on this cluster is longer than 0 s" in each for each in said)


@given_any(st.text())
def test_any_name_is_one_literal_in_a_policy(name):
    written = literal(name)
    assert json.loads(written) == name
    assert re.fullmatch(r'"(?:[^"\\\n]|\\.)*"', written)
