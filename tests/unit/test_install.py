"""What install applies, in which order, and what it refuses to apply."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.core.install.admission import literal
from gitops_breakglass.core.install.bundle import InstallInput, bundle
from gitops_breakglass.core.install.guard import longest_window
from gitops_breakglass.core.install.marks import INSTALLER, LABELS
from gitops_breakglass.core.install.served import with_crds
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.core.record import read_trust_root
from gitops_breakglass.flows.install import access_to, apply, install_folder, prepare, trusted_policy
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import ConflictError, UnreachableError, UsageError
from gitops_breakglass.model.finding import Finding, Location
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.identity import Identities, Provider
from gitops_breakglass.model.kube import MANAGED_BY, LiveObject, key_of
from gitops_breakglass.model.policy import (
    Audience,
    ClusterAccess,
    ClusterRole,
    Configuration,
    Escalation,
    KubernetesTarget,
    Offer,
    PolicySide,
    Rbac,
    ReconcilerKey,
    RoleBinding,
)
from gitops_breakglass.model.rules import ApiResource, Discovery

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ACCOUNT = "system:serviceaccount:gitops-breakglass:"
NOBODY = Audience()
NAMESAKES = (
    "Objects of others whose names begin with bg- are there and stay as they are: bg-other, bg-theirs."
    " The guard lets nobody make more of them."
)
TRUST = TrustRoot("acme/access", "c" * 40, ("ssh-ed25519 AAAA",), "uid-of-the-cluster")
READS = (rule(["get", "list"], ["configmaps", "secrets"]),)
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "grants.access.gitops-breakglass.dev"},
    "spec": {
        "group": "access.gitops-breakglass.dev",
        "scope": "Namespaced",
        "names": {"plural": "grants"},
        "versions": [],
    },
}

UPSTREAM_CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "breakglasses.access.cloudnimbus.io"},
    "spec": {
        "group": "access.cloudnimbus.io",
        "scope": "Namespaced",
        "names": {"plural": "breakglasses"},
        "versions": [{"name": "v1alpha1", "served": True, "subresources": {"status": {}}}],
    },
}


def given(**changes):
    whole = InstallInput(
        crds=(CRD,),
        reconciler=f"{ACCOUNT}reconciler",
        sweeper=f"{ACCOUNT}sweeper",
        ceiling=READS,
        longest=timedelta(hours=8),
        trust=TRUST,
    )
    return replace(whole, **changes)


def an_escalation(name="pod-shell", clusters=("prod-*",), hours=2):
    return Escalation(
        name=name,
        group="pod-shell",
        clusters=clusters,
        allowed=NOBODY,
        approvers=NOBODY,
        max_valid_for=timedelta(hours=hours),
        approval_timeout=timedelta(hours=1),
        block_self_approval=None,
        request_reason_mandatory=False,
        approval_reason_mandatory=False,
        unenforced=(),
        location=Location("policies/x.yaml", 1, 1),
    )


def an_offer(clusters=("prod-*",), hours=4):
    return Offer("on-call", clusters, NOBODY, NOBODY, timedelta(hours=hours), rules=READS)


def a_policy(*, escalations=(), offers=(), keys=("ssh-ed25519 AAAA",), findings=()):
    configuration = Configuration(
        provider=Provider.LOCAL,
        repository="acme/access",
        policy_approvers=NOBODY,
        reconciler_keys=tuple(ReconcilerKey("ci", each) for each in keys),
        offers=offers,
        clusters={"prod-1": ClusterAccess("prod-1", KubernetesTarget())},
    )
    return PolicySide("c" * 40, configuration, Identities(), escalations=escalations, findings=findings)


class FakeAdministrator:
    """A cluster that keeps what is applied, and whose guard is in force some looks after it was applied."""

    name = "prod-1"

    def __init__(self, *, objects=(), rbac=None, looks=0):
        self.objects = {key_of(each): each for each in objects}
        self.applied = []
        self.looks = looks
        self._rbac = rbac or Rbac()

    def uid(self):
        return "uid-of-the-cluster"

    def get(self, key):
        found = self.objects.get(key)
        return None if found is None else LiveObject(key, "uid", found)

    def rbac(self):
        return self._rbac

    def discovery(self):
        return Discovery()

    def apply(self, manifest):
        self.applied.append(manifest)
        established = {"status": {"conditions": [{"type": "Established", "status": "True"}]}}
        is_crd = manifest["kind"] == "CustomResourceDefinition"
        self.objects[key_of(manifest)] = {**manifest, **(established if is_crd else {})}

    def refusal(self, manifest):
        assert manifest["metadata"]["name"].startswith("bg-")
        self.looks -= 1
        policies = [each for each in self.applied if each["kind"] == "ValidatingAdmissionPolicy"]
        return policies[-1]["spec"]["validations"][0]["message"] if self.looks < 0 else None


def prepared(administrator, policy=None, **crds):
    policy = policy or a_policy(offers=(an_offer(),))
    return prepare(administrator, access_to(policy, "prod-1"), policy=policy, crds=(CRD,))


# -- what is applied


def test_the_bounds_come_before_the_rights():
    built = bundle(given())
    kinds = [each["kind"] for each in built.manifests]
    assert kinds == [
        "Namespace",
        "CustomResourceDefinition",
        *["ValidatingAdmissionPolicy"] * 9,
        *["ValidatingAdmissionPolicyBinding"] * 9,
        "ServiceAccount",
        "ServiceAccount",
        *["ClusterRole", "Role"] * 2,
        *["ClusterRoleBinding", "RoleBinding"] * 2,
        "ClusterRole",
        "ClusterRoleBinding",
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


# -- the flow


def test_rights_are_given_only_when_the_guard_is_seen_in_force():
    administrator, clock = FakeAdministrator(looks=3), SimulatedClock(NOW)
    built = prepared(administrator).bundle
    apply(administrator, built, clock=clock)
    assert administrator.applied == list(built.manifests)
    assert clock.now() == NOW + timedelta(seconds=0.75)


def test_without_a_guard_in_force_no_rights_are_given():
    administrator = FakeAdministrator(looks=10**6)
    built = prepared(administrator).bundle
    with pytest.raises(UnreachableError, match="could not see that the guard"):
        apply(administrator, built, clock=SimulatedClock(NOW))
    assert administrator.applied == list(built.bounds)


def test_a_guard_of_an_earlier_installation_is_not_taken_for_the_new_one():
    administrator = FakeAdministrator()
    built = replace(prepared(administrator).bundle, version="another")
    with pytest.raises(UnreachableError, match="could not see that the guard another is in force"):
        apply(administrator, built, clock=SimulatedClock(NOW))


def test_preparing_changes_nothing():
    administrator = FakeAdministrator()
    prepared(administrator)
    assert administrator.applied == []


def test_a_crd_of_another_operator_is_refused_before_anything_is_changed():
    administrator = FakeAdministrator(objects=[CRD])
    with pytest.raises(ConflictError) as refused:
        prepared(administrator)
    assert refused.value.message == (
        "CustomResourceDefinition grants.access.gitops-breakglass.dev is there and is not ours:"
        " another operator seems to keep resources of this kind on the cluster"
    )
    assert administrator.applied == []


def test_any_other_object_of_one_of_our_names_is_refused_with_the_way_to_hand_it_over():
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gitops-breakglass"}}
    with pytest.raises(ConflictError) as refused:
        prepared(FakeAdministrator(objects=[namespace]))
    assert refused.value.message == "Namespace gitops-breakglass is there and was not made by install"
    assert f"{MANAGED_BY}={INSTALLER}" in refused.value.hint


def test_what_install_made_is_installed_over():
    administrator = FakeAdministrator()
    apply(administrator, prepared(administrator).bundle, clock=SimulatedClock(NOW))
    assert prepared(administrator).notes == prepared(FakeAdministrator()).notes


def test_the_ceiling_holds_what_will_be_served_once_the_crds_are_there():
    everything = ClusterRole("everything", (rule(["*"], ["*"], groups=["*"]),))
    administrator = FakeAdministrator(rbac=Rbac((everything,)))
    policy = a_policy(offers=(replace(an_offer(), rules=(), cluster_roles=frozenset({"everything"})),))
    built = prepare(administrator, access_to(policy, "prod-1"), policy=policy, crds=(UPSTREAM_CRD,)).bundle
    role = next(each for each in built.rights if each["metadata"]["name"] == "gitops-breakglass-ceiling")
    assert {
        "apiGroups": ["access.cloudnimbus.io"],
        "resources": ["breakglasses"],
        "verbs": ["get", "list", "watch"],
    } in role["rules"]


def test_what_a_crd_brings_takes_the_place_of_what_an_earlier_one_brought():
    crd = UPSTREAM_CRD
    resources = (
        ApiResource("", "pods", ("get",), namespaced=True),
        ApiResource("access.cloudnimbus.io", "breakglasses", ("get",), namespaced=True),
    )
    verbs = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
    assert with_crds(Discovery(resources), [crd]) == Discovery(
        (
            resources[0],
            ApiResource("access.cloudnimbus.io", "breakglasses", verbs, namespaced=True),
            ApiResource("access.cloudnimbus.io", "breakglasses/status", ("get", "patch", "update"), namespaced=True),
        )
    )


def test_the_notes_say_what_the_ceiling_means():
    assert prepared(FakeAdministrator()).notes == (
        "The reconciler holds a ceiling of 1 rule: everything that the policy side can grant here.",
        "Among these are rights to read Secrets.",
        "The fence refuses it every write, exec and port-forward of its own. Reads it can't refuse, so whoever has the",
        "reconciler's credentials can read whatever can be granted: keep them as you would an administrator's.",
        "When the policy side grows, install again: until then what is new can't be granted.",
    )


def test_the_notes_tell_of_another_trust_root_of_namesakes_and_of_broken_policies():
    rbac = Rbac((ClusterRole("bg-theirs", ()),), (RoleBinding("bg-other", "Role", "x", (), "shop"),))
    administrator = FakeAdministrator(rbac=rbac)
    apply(administrator, prepared(administrator).bundle, clock=SimulatedClock(NOW))
    broken = Finding("yaml-syntax", "is no YAML", Location("policies/x.yaml", 1, 1))
    grown = replace(a_policy(offers=(an_offer(),), findings=(broken,)), commit="d" * 40)
    assert prepared(administrator, grown).notes[5:] == (
        "The trust root changes its policy commit: cccccccccccc → dddddddddddd.",
        NAMESAKES,
        "The policy side has errors (1): what they are about can't be granted. See `gitops-breakglass check`.",
    )


def test_a_policy_side_without_a_key_to_believe_is_refused():
    with pytest.raises(UsageError, match="names no public key"):
        prepared(FakeAdministrator(), a_policy(keys=()))


def test_a_cluster_that_is_not_configured_is_refused_with_those_that_are():
    with pytest.raises(UsageError, match="has no cluster 'prod-9'; it has: prod-1"):
        access_to(a_policy(), "prod-9")


# -- the commit that is trusted


class FakeRepository:
    """A line of commits, oldest first; the last is the tip."""

    def __init__(self, *line):
        self.line = line

    def tip(self):
        return self.line[-1]

    def is_ancestor(self, ancestor, descendant):
        return ancestor in self.line

    def entries(self, commit, prefix=""):
        return ()

    def blobs(self, ids):
        return {}


def a_source(read):
    return Sources(FakeRepository("a" * 40, "b" * 40), None, read, None)


def test_the_tip_is_trusted_unless_another_commit_of_the_branch_is_named():
    sources = a_source(lambda entries, *, commit: (replace(a_policy(), commit=commit), ()))
    assert trusted_policy(sources, None).commit == "b" * 40
    assert trusted_policy(sources, "a" * 40).commit == "a" * 40
    with pytest.raises(UsageError, match="ffffffffffff is not on the default branch"):
        trusted_policy(sources, "f" * 40)


def test_a_policy_side_that_can_not_be_read_is_refused_with_the_first_error():
    broken = Finding("schema", "`forge` is missing", Location("breakglass.yaml", 1, 1))
    with pytest.raises(UsageError, match=r"can't be read: breakglass\.yaml:1:1: `forge` is missing"):
        trusted_policy(a_source(lambda entries, *, commit: (None, (broken,))), None)


# -- a folder of manifests


def test_a_folder_becomes_a_cluster_with_the_trust_root_pinned(tmp_path):
    folder = ManifestsCluster("edge-1", tmp_path, SimulatedClock(NOW))
    install_folder(folder, policy=a_policy())
    state = folder.read()
    assert read_trust_root(state.objects) == TrustRoot("acme/access", "c" * 40, ("ssh-ed25519 AAAA",), state.uid)


def test_a_folder_is_pinned_anew_when_installed_again(tmp_path):
    folder = ManifestsCluster("edge-1", tmp_path, SimulatedClock(NOW))
    install_folder(folder, policy=a_policy())
    install_folder(folder, policy=a_policy())
    install_folder(folder, policy=replace(a_policy(), commit="d" * 40))
    state = folder.read()
    assert read_trust_root(state.objects).policy == "d" * 40
    assert read_trust_root(state.objects).cluster_uid == state.uid


def test_a_trust_root_in_a_folder_that_install_did_not_write_is_refused(tmp_path):
    folder = ManifestsCluster("edge-1", tmp_path, SimulatedClock(NOW))
    made = install_folder(folder, policy=a_policy())
    live = folder.get(key_of(made))
    folder.replace(live, {**made, "metadata": {**made["metadata"], "labels": {}}})
    with pytest.raises(
        ConflictError, match="TrustRoot gitops-breakglass/trust-root is there and was not made by install"
    ):
        install_folder(folder, policy=a_policy())
