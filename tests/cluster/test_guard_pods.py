"""The guard on pods on a real API server: nobody gets into a pod that a deny policy closes, as the pod is at that moment."""

from __future__ import annotations

import pytest

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.core.deny.compile import compile_denies, needs
from gitops_breakglass.core.rbac.manifest import from_manifest, to_manifest
from gitops_breakglass.model.deny import Circumstances
from gitops_breakglass.model.enforcement import MARKER_ANY, MARKER_GROUP, MARKER_RESOURCE, MARKER_VERB, Means, Needs
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.kube import RBAC
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import eventually
from tests.cluster.install_fixture import ACCESS
from tests.cluster.pod_stage import (
    INTO_PODS,
    OVERRIDE,
    PRIVILEGED,
    PodStage,
    pod_stage,
    policy_side,
    ways_in,
)
from tests.cluster.witness_stage import ours


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with pod_stage(tmp_path_factory.mktemp("pods"), policy_side()) as stage:
        yield stage


def test_a_privileged_pod_is_closed_by_every_way_in_and_another_is_open(stage: PodStage):
    place, alice = stage.world.namespace("shop"), stage.users.fresh("alice")
    stage.world.pod(place, "plain")
    stage.world.pod(place, "privileged", spec=PRIVILEGED)
    stage.grant(place, alice, "restrict-privileged-exec")
    assert set(ways_in(alice, place, "plain").values()) == {True}
    assert set(ways_in(alice, place, "privileged").values()) == {False}
    refused = alice.exec(place, "privileged")
    assert refused.status == 403
    assert refused.message.partition("denied request: ")[2] == (
        f"the guard: the deny policy restrict-privileged-exec keeps the pod {place}/privileged closed:"
        " its risk score is 100: privileged scores 100, which is for SREs"
    )


def test_pods_that_come_change_or_are_replaced_are_judged_as_they_are_now(stage: PodStage):
    place, alice = stage.world.namespace("shop"), stage.users.fresh("alice")
    stage.grant(place, alice, "restrict-privileged-exec", "limit-automation-scope")
    plain = "limit-automation-scope keeps"
    stage.world.pod(place, "web-0")
    stage.hears_of_pods()
    assert plain in alice.exec(place, "web-0").message
    label(stage, place, "web-0", {"automation-enabled": "true"})
    eventually(lambda: alice.exec(place, "web-0").arrived, "a label that exempts is not seen")
    label(stage, place, "web-0", {"automation-enabled": "no"})
    eventually(lambda: plain in alice.exec(place, "web-0").message, "the label's other value is not seen")

    # The same name comes back, labelled and privileged.
    stage.admin.must("DELETE", f"/api/v1/namespaces/{place}/pods/web-0?gracePeriodSeconds=0")
    eventually(lambda: stage.admin.status("GET", f"/api/v1/namespaces/{place}/pods/web-0") == 404, "it does not go")
    stage.world.pod(place, "web-0", spec=PRIVILEGED, labels={"automation-enabled": "true"})
    stage.hears_of_pods()
    refused = alice.exec(place, "web-0")
    assert (refused.status, refused.arrived) == (403, False)
    assert "restrict-privileged-exec keeps" in refused.message


def test_a_privileged_container_that_is_put_into_a_running_pod_closes_it(stage: PodStage):
    place, alice = stage.world.namespace("shop"), stage.users.fresh("alice")
    stage.world.pod(place, "web-0")
    stage.grant(place, alice, "restrict-privileged-exec")
    assert alice.exec(place, "web-0").arrived
    path = f"/api/v1/namespaces/{place}/pods/web-0/ephemeralcontainers"
    pod = stage.admin.must("GET", path)
    pod["spec"]["ephemeralContainers"] = [
        {"name": "debugger", "image": "example.com/debug:1", "securityContext": {"privileged": True}}
    ]
    stage.admin.must("PUT", path, pod)
    stage.hears_of_pods()
    for opened in (alice.exec(place, "web-0"), alice.attach(place, "web-0", "debugger")):
        assert (opened.status, opened.arrived) == (403, False)


def test_a_pod_is_closed_before_it_runs(stage: PodStage):
    place, alice = stage.world.namespace("shop"), stage.users.fresh("alice")
    stage.grant(place, alice, "restrict-privileged-exec")
    for number in range(10):
        name = f"new-{number}"
        stage.world.pod(place, name, spec=PRIVILEGED, running=False)
        path = f"/api/v1/namespaces/{place}/pods/{name}/attach?container=main&stdout=true"
        # The API server's own watch hears of a pod a few milliseconds after it is stored, long before anything runs in it.
        eventually(lambda path=path: alice.status("POST", path) == 403)
        assert [alice.status("POST", path) for _ in range(5)] == [403] * 5


def test_only_debug_tools_are_open_by_their_label_or_their_namespace(stage: PodStage):
    shop, tools = stage.world.namespace("shop"), stage.world.namespace("debug-tools")
    alice = stage.users.fresh("alice")
    stage.grant("", alice, "limit-exec-to-debug-pods")
    stage.world.pod(shop, "web-0")
    stage.world.pod(shop, "tool", labels={"app.kubernetes.io/component": "debug-tool"})
    stage.world.pod(shop, "nearly", labels={"app.kubernetes.io/component": "debug-tools"})
    stage.world.pod(tools, "shell", spec=PRIVILEGED)
    stage.hears_of_pods()
    ways = {
        (place, pod): ways_in(alice, place, pod) for place, pod in ((shop, "web-0"), (shop, "tool"), (tools, "shell"))
    }
    assert [set(each.values()) for each in ways.values()] == [{False}, {True}, {True}]
    assert not alice.exec(shop, "nearly").arrived


def test_an_override_opens_what_it_says_where_it_says(stage: PodStage):
    shop, tools = stage.world.namespace("shop"), stage.world.namespace("debug-tools")
    alice, bob = stage.users.fresh("alice"), stage.users.fresh("bob")
    policies = ("restrict-privileged-exec", "block-node-risks")
    for place in (shop, tools):
        stage.world.pod(place, "privileged", spec=PRIVILEGED)
        stage.world.pod(place, "node", spec={"hostNetwork": True})
        stage.world.pod(place, "both", spec={**PRIVILEGED, "hostNetwork": True, "hostPID": True})
        stage.grant(place, alice, *policies, override=OVERRIDE)
        stage.grant(place, bob, *policies)

    def opened(who: Actor, place: str) -> set[str]:
        return {pod for pod in ("privileged", "node", "both") if who.exec(place, pod).arrived}

    # 100 and 50 are within its 200, and 225 is not; nor does any of them block there.
    assert opened(alice, tools) == {"privileged", "node"}
    assert opened(alice, shop) == opened(bob, shop) == opened(bob, tools) == set()


def test_rules_for_some_ways_in_leave_the_others_open(stage: PodStage):
    place, alice = stage.world.namespace("shop"), stage.users.fresh("alice")
    stage.world.pod(place, "node", spec={"hostNetwork": True})
    stage.grant(place, alice, "block-node-risks")
    assert {way for way, is_open in ways_in(alice, place, "node").items() if is_open} == {
        "port-forward",
        "port-forward by POST",
    }


def test_a_standing_right_is_left_as_it_is_but_where_a_grant_gives_the_same(stage: PodStage):
    shop, other = stage.world.namespace("shop"), stage.world.namespace("other")
    alice = stage.users.fresh("alice")
    for place in (shop, other):
        stage.world.pod(place, "privileged", spec=PRIVILEGED)
        stage.world.grant(place, alice.name, *INTO_PODS)
    everything = dict.fromkeys(ways_in(alice, shop, "privileged"), True)
    assert ways_in(alice, shop, "privileged") == everything
    name = stage.grant(shop, alice, "restrict-privileged-exec")
    eventually(lambda: not alice.exec(shop, "privileged").arrived, "the grant's deny does not win")
    assert set(ways_in(alice, shop, "privileged").values()) == {False}
    assert ways_in(alice, other, "privileged") == everything
    stage.reconciler.must("DELETE", f"/apis/{RBAC}/namespaces/{shop}/rolebindings/{name}")
    eventually(lambda: alice.exec(shop, "privileged").arrived, "the standing right does not come back")
    assert ways_in(alice, shop, "privileged") == everything


def test_whoever_may_do_everything_anyway_is_held_to_nothing_every_time(stage: PodStage):
    place, root = stage.world.namespace("shop"), stage.users.fresh("root")
    stage.world.pod(place, "privileged", spec=PRIVILEGED)
    stage.world.grant(place, root.name, {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]})
    stage.grant("", root, "restrict-privileged-exec", "limit-exec-to-debug-pods")
    # Of two bindings that allow the same, the authorizer names now one, now the other.
    assert [root.exec(place, "privileged").arrived for _ in range(20)] == [True] * 20


def test_no_role_of_a_grant_holds_the_markers_of_all_rules(stage: PodStage):
    place = stage.world.namespace("shop")
    path = f"/apis/{RBAC}/namespaces/{place}/roles"
    rule = {"apiGroups": [MARKER_GROUP], "resources": [MARKER_RESOURCE], "verbs": [MARKER_VERB]}
    for rules in ([rule], [*INTO_PODS, rule], [{**rule, "resourceNames": []}]):
        answer = stage.reconciler.request("POST", path, {"metadata": ours(), "rules": rules})
        assert answer.status == 403, answer.message
        assert "names each of the pod rules that it is held to" in answer.message
    named = {**rule, "resourceNames": [MARKER_ANY]}
    assert stage.reconciler.status("POST", path, {"metadata": ours(), "rules": [*INTO_PODS, named]}) == 201


def test_where_there_is_no_pod_nobody_gets_in_and_nowhere_by_another_spelling(stage: PodStage):
    empty, alice = "without-pods", stage.users.fresh("alice")
    stage.world.make("/api/v1/namespaces", {"metadata": {"name": empty}})
    place = stage.world.namespace("shop")
    stage.world.pod(place, "privileged", spec=PRIVILEGED)
    stage.grant("", alice, "restrict-privileged-exec")
    assert alice.status("POST", f"/api/v1/namespaces/{empty}/pods/any/attach") == 422
    for spelled in ("Exec", "EXEC", "exec/", "attach%2f"):
        answer = alice.request("POST", f"/api/v1/namespaces/{place}/pods/privileged/{spelled}?command=id&stdout=true")
        assert answer.status in {403, 404}, (spelled, answer)


def test_the_controller_manager_finds_nothing_wrong_with_the_types(stage: PodStage):
    path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/gitops-breakglass-guard-pods"
    eventually(lambda: "typeChecking" in stage.admin.must("GET", path).get("status", {}), "it does not look")
    assert stage.admin.must("GET", path)["status"]["typeChecking"] == {}


def label(stage: PodStage, place: str, pod: str, labels: dict[str, str]) -> None:
    stage.admin.must("PATCH", f"/api/v1/namespaces/{place}/pods/{pod}", {"metadata": {"labels": labels}})


@pytest.mark.parametrize("name, opened", [("sre-privileged-debug", {"plain", "privileged"}), ("pod-exec", {"plain"})])
def test_what_is_compiled_for_a_grant_is_what_the_guard_holds_it_to(stage: PodStage, name: str, opened: set[str]):
    place, alice = stage.world.namespace("debug-tools"), stage.users.fresh("alice")
    stage.world.pod(place, "plain")
    stage.world.pod(place, "privileged", spec=PRIVILEGED)
    stage.world.pod(place, "all-of-the-node", spec={**PRIVILEGED, "hostNetwork": True, "hostPID": True})
    scopes = (ScopedRules(place, from_manifest(INTO_PODS), "Role shell"),)
    override = OVERRIDE if name == "sre-privileged-debug" else None
    under = Circumstances(ACCESS.name, session="inc-1", escalation=name)
    with KubernetesCluster(ACCESS.name, KubernetesTarget(str(stage.reconciler.kubeconfig))) as cluster:
        asked = (scopes, stage.policy.deny, under)
        guard = cluster.deny_facts(Needs()).guard
        wanted = needs(*asked, override=override, discovery=cluster.discovery(), guard=guard)
        facts = cluster.deny_facts(wanted)
        compiled = compile_denies(*asked, override=override, discovery=cluster.discovery(), facts=facts)
    assert compiled.problems == ()
    # One policy lets this namespace out, and one is for another escalation.
    assert {(each.policy, each.means) for each in compiled.enforcement} == {
        ("restrict-privileged-exec", Means.GUARDED),
        ("block-node-risks", Means.GUARDED),
    }
    (rendered,) = compiled.rendered
    stage.grant(place, alice, rules=to_manifest(rendered.rules))
    assert {pod for pod in ("plain", "privileged", "all-of-the-node") if alice.exec(place, pod).arrived} == opened
