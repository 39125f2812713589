"""How install goes about it: the guard first, nothing of others, and only a commit that is trusted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.core.debug.needs import session_needs
from gitops_breakglass.core.install.guard_denies import denies_guard, idle_binding
from gitops_breakglass.core.install.identities import sweeper_roles
from gitops_breakglass.core.install.marks import INSTALLER, LABELS
from gitops_breakglass.core.install.served import with_crds
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.core.record import read_trust_root
from gitops_breakglass.flows.install import access_to, apply, install_folder, prepare, trusted_policy
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import ConflictError, UnreachableError, UsageError
from gitops_breakglass.model.finding import Finding, Location
from gitops_breakglass.model.grant import TrustRoot
from gitops_breakglass.model.kube import MANAGED_BY, key_of
from gitops_breakglass.model.policy import ClusterRole, Rbac, RoleBinding
from gitops_breakglass.model.rules import ApiResource, Discovery
from tests.debug_side import EVERYTHING, a_debug_side, a_template
from tests.unit.installation import CRD, NAMESAKES, NOW, UPSTREAM_CRD, FakeAdministrator, a_policy, an_offer, prepared


def test_rights_are_given_only_when_the_guard_is_seen_in_force():
    administrator, clock = FakeAdministrator(looks=3), SimulatedClock(NOW)
    built = prepared(administrator).bundle
    apply(administrator, built, clock=clock)
    ground, rest = built.manifests[:2], built.manifests[2:]
    assert administrator.applied == [*ground, denies_guard(), idle_binding(), *rest]
    assert clock.now() == NOW + timedelta(seconds=0.75)


def test_without_a_guard_in_force_no_rights_are_given():
    administrator = FakeAdministrator(looks=10**6)
    built = prepared(administrator).bundle
    with pytest.raises(UnreachableError, match="could not see that the guard"):
        apply(administrator, built, clock=SimulatedClock(NOW))
    assert administrator.applied[4:] == list(built.bounds[2:])


def test_nothing_of_the_cluster_is_bound_to_parameters_before_they_are_watched():
    class Deaf(FakeAdministrator):
        def refusal(self, manifest):
            return None

    administrator = Deaf()
    built = prepared(administrator).bundle
    with pytest.raises(UnreachableError, match="could not see that the parameters of the guard are watched"):
        apply(administrator, built, clock=SimulatedClock(NOW))
    assert administrator.applied == [*built.bounds[:2], denies_guard(), idle_binding()]


def test_an_installation_that_watches_parameters_already_goes_on_doing_so():
    administrator = FakeAdministrator()
    built = prepared(administrator).bundle
    apply(administrator, built, clock=SimulatedClock(NOW))
    administrator.applied.clear()
    apply(administrator, built, clock=SimulatedClock(NOW))
    assert administrator.applied == list(built.manifests)


def test_a_guard_of_an_earlier_installation_is_not_taken_for_the_new_one():
    administrator = FakeAdministrator()
    built = replace(prepared(administrator).bundle, version="another")
    with pytest.raises(UnreachableError, match="could not see that the guard another is in force"):
        apply(administrator, built, clock=SimulatedClock(NOW))


def test_what_others_added_to_fence_and_guard_is_taken_out_and_nothing_else_is_replaced():
    administrator = FakeAdministrator()
    built = prepared(administrator).bundle
    apply(administrator, built, clock=SimulatedClock(NOW))
    whole = dict(administrator.objects)
    for each in built.bounds:
        if "Admission" in each["kind"]:
            administrator.theirs[key_of(each)] = {"matchResources": {"objectSelector": {"matchLabels": {"a": "b"}}}}
    narrowed = len(administrator.theirs)
    apply(administrator, built, clock=SimulatedClock(NOW))
    assert (narrowed, administrator.theirs, administrator.objects) == (24, {}, whole)


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
    assert read_trust_root(state.objects) == TrustRoot(
        "acme/access", "c" * 40, ("ssh-ed25519 AAAA",), state.uid, "edge-1"
    )


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


def test_the_notes_say_what_debug_templates_cost():
    debugging = replace(a_policy(offers=(an_offer(),)), debug=a_debug_side(*EVERYTHING))
    assert prepared(FakeAdministrator(), debugging).notes[-3:] == (
        (
            "For debug sessions the reconciler can make configmaps, daemonsets, deployments, namespaces, networkpolicies, pods,"
            " resourcequotas; in the namespaces breakglass-debug, debug-*, debug-copies, debug-tools."
        ),
        "Such pods may be anything that those namespaces admit: bound it there by Pod Security labels.",
        "It can put containers into pods of the namespaces app-*.",
    )


def test_the_notes_tell_of_sessions_that_could_not_be_ended_any_more():
    before = sweeper_roles(session_needs(replace(a_policy(), debug=a_debug_side(a_template())), "prod-1"))
    marked = [{**each, "metadata": {**each["metadata"], "labels": dict(LABELS)}} for each in before]
    assert prepared(FakeAdministrator(objects=marked)).notes[-2:] == (
        "No debug template makes these any more, so the rights on them go: pods, daemonsets.",
        "Sessions that are still there could not be ended: see that there are none before you apply this.",
    )
