"""For each clause of the guard on debug sessions a call that this clause refuses, with the matching call that passes."""

from __future__ import annotations

from typing import Any

from gitops_breakglass.core.install import guard, guard_marks, guard_sessions
from gitops_breakglass.core.marks import PATH
from gitops_breakglass.model.enforcement import MARKER_GROUP, MARKER_RESOURCE, MARKER_VERB, SESSION_MARKER
from gitops_breakglass.model.kube import DECISION, MANAGED_BY, MANAGER, RBAC, REQUEST
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import settled
from tests.cluster.harness.tokens import user_token
from tests.cluster.session_place import (
    STRATEGIC,
    a_container,
    a_pod,
    a_workload,
    apps,
    core,
    injected,
    made,
    others_pod,
    place,
)
from tests.cluster.witness_cases import Calls, refused_by
from tests.cluster.witness_stage import ALICE, Stage, ending, in_hours, ours

ONLY_THE_RECONCILER = "only the reconciler makes objects of debug sessions"


def tried(stage: Stage, resource: str, refused: dict[str, Any], *, by: str = "reconciler") -> Calls:
    """Make an object of a session as it should be, and another one."""
    where = f"{core(place(stage), resource)}?dryRun=All"
    body = a_pod() if resource == "pods" else {"metadata": ours()}
    return stage.reconciler.request("POST", where, body), getattr(stage, by).request("POST", where, refused)


def changed(stage: Stage, resource: str = "configmaps", **metadata: Any) -> Calls:
    """Give an object of a session a note, and then these metadata, as an administrator."""
    where = core(place(stage), resource)
    path = made(stage, where, a_pod() if resource == "pods" else {"metadata": ours()})
    return stage.patched(stage.admin, path, annotations={"note": "x"}), stage.patched(stage.admin, path, **metadata)


@refused_by(guard_sessions.SESSIONS, ONLY_THE_RECONCILER, is_alone=False)
def an_administrator_makes_a_pod_with_our_prefix(stage: Stage) -> Calls:
    return tried(stage, "pods", a_pod({"name": "bg-mine"}), by="admin")


@refused_by(guard_sessions.SESSIONS, ONLY_THE_RECONCILER)
def an_administrator_makes_a_pod_with_our_label(stage: Stage) -> Calls:
    return tried(stage, "pods", a_pod(ours("mine")), by="admin")


@refused_by(guard_sessions.SESSIONS, ONLY_THE_RECONCILER)
def an_administrator_makes_a_namespace_with_our_label(stage: Stage) -> Calls:
    spaces = "/api/v1/namespaces?dryRun=All"
    # The name alone is nobody's.
    theirs = stage.admin.request("POST", spaces, {"metadata": {"name": f"bg-{stage.namespace}"}})
    return theirs, stage.admin.request("POST", spaces, {"metadata": ours(f"debug-{stage.namespace}")})


@refused_by(guard_sessions.SESSIONS, ONLY_THE_RECONCILER, is_alone=False)
def an_administrator_makes_a_pod_that_says_a_workload_of_ours_controls_it(stage: Stage) -> Calls:
    space = place(stage)
    body = a_workload()
    made(stage, apps(space, "daemonsets"), body)
    owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": body["metadata"]["name"], "uid": "u"}
    forged = a_pod(ours(ownerReferences=[{**owner, "controller": True}]))
    passes = stage.reconciler.request("POST", f"{core(space, 'pods')}?dryRun=All", a_pod())
    return passes, stage.admin.request("POST", f"{core(space, 'pods')}?dryRun=All", forged)


@refused_by(guard_sessions.SESSIONS, guard.HAS_END)
def a_pod_that_does_not_say_when_it_ends(stage: Stage) -> Calls:
    return tried(stage, "pods", a_pod(ours(annotations={DECISION: "0" * 64})))


@refused_by(guard_sessions.SESSIONS, guard.NOT_OVER)
def a_pod_whose_session_is_over(stage: Stage) -> Calls:
    return tried(stage, "pods", a_pod(ending(in_hours(-1))))


@refused_by(guard_sessions.SESSIONS, "no window on this cluster is longer than")
def a_pod_that_stays_for_months(stage: Stage) -> Calls:
    return tried(stage, "pods", a_pod(ending(in_hours(24 * 60))))


@refused_by(guard_sessions.SESSIONS, guard.NOT_EXTENDED)
def an_administrator_moves_the_end_of_a_pod(stage: Stage) -> Calls:
    return changed(stage, "pods", annotations={guard.EXPIRES_AT: in_hours(9)})


@refused_by(guard_sessions.SESSIONS, guard_sessions.CONTENT_STAYS)
def an_administrator_swaps_the_image_of_a_sessions_pod(stage: Stage) -> Calls:
    pod = made(stage, core(place(stage), "pods"), a_pod())
    swapped = {"spec": {"containers": [{"name": "debug", "image": "example.com/mine:1"}]}}
    passes = stage.patched(stage.admin, pod, annotations={"note": "x"})
    return passes, stage.admin.request("PATCH", pod, swapped, STRATEGIC)


@refused_by(guard_sessions.SESSIONS, guard_sessions.CONTENT_STAYS)
def the_reconciler_itself_scales_a_workload(stage: Stage) -> Calls:
    deployment = made(stage, apps(place(stage), "deployments"), a_workload(replicas=0))
    passes = stage.patched(stage.reconciler, deployment, annotations={"note": "x"})
    return passes, stage.reconciler.request("PATCH", deployment, {"spec": {"replicas": 3}})


@refused_by(guard_sessions.SESSIONS, guard_sessions.CONTENT_STAYS)
def an_administrator_opens_a_sessions_network(stage: Stage) -> Calls:
    where = f"/apis/networking.k8s.io/v1/namespaces/{place(stage)}/networkpolicies"
    path = made(stage, where, {"metadata": ours(), "spec": {"podSelector": {}, "policyTypes": ["Ingress"]}})
    passes = stage.patched(stage.admin, path, annotations={"note": "x"})
    return passes, stage.admin.request("PATCH", path, {"spec": {"ingress": [{}]}})


@refused_by(guard_sessions.SESSIONS, guard_sessions.CONTENT_STAYS)
def an_administrator_edits_a_sessions_config_map(stage: Stage) -> Calls:
    path = made(stage, core(place(stage), "configmaps"), {"metadata": ours(), "data": {"a": "b"}})
    passes = stage.patched(stage.admin, path, annotations={"note": "x"})
    return passes, stage.admin.request("PATCH", path, {"data": {"a": "c"}})


@refused_by(guard_sessions.SESSIONS, guard_sessions.NO_FINALIZERS)
def an_administrator_holds_a_pod_up(stage: Stage) -> Calls:
    return changed(stage, "pods", finalizers=["example.com/holds"])


@refused_by(guard_sessions.SESSIONS, guard_sessions.NO_OWNERS)
def an_administrator_gives_a_pod_an_owner(stage: Stage) -> Calls:
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": stage.namespace, "uid": "u"}
    return changed(stage, "pods", ownerReferences=[owner])


@refused_by(guard_sessions.SESSIONS, guard_marks.MARK_STAYS)
def an_administrator_takes_our_label_off(stage: Stage) -> Calls:
    return changed(stage, labels={MANAGED_BY: None})


@refused_by(guard_sessions.SESSIONS, guard_marks.MARK_STAYS)
def an_administrator_gives_a_namespace_to_us(stage: Stage) -> Calls:
    space = f"/api/v1/namespaces/{place(stage)}"
    passes = stage.patched(stage.admin, space, labels={"team": "shop"})
    return passes, stage.patched(stage.admin, space, labels={MANAGED_BY: MANAGER})


@refused_by(guard_sessions.SESSIONS, guard_sessions.LABELS_STAY)
def an_administrator_gives_a_pod_to_another_request(stage: Stage) -> Calls:
    return changed(stage, "pods", labels={REQUEST: "1" * 32})


@refused_by(guard_sessions.SESSIONS, guard_marks.HAS_MARKS)
def a_pod_that_no_request_asked_for(stage: Stage) -> Calls:
    return tried(stage, "pods", a_pod(ours(labels={MANAGED_BY: MANAGER})))


@refused_by(guard_sessions.SESSIONS, guard_marks.DECISION_STAYS)
def an_administrator_says_that_a_pod_follows_from_another_decision(stage: Stage) -> Calls:
    return changed(stage, "pods", annotations={DECISION: "1" * 64})


@refused_by(guard_sessions.SESSIONS, guard_marks.ANNOTATIONS_STAY)
def an_administrator_adds_an_annotation_of_ours_to_a_pod(stage: Stage) -> Calls:
    return changed(stage, "pods", annotations={PATH: "requests/prod/mine.yaml"})


# -- what is below them


@refused_by(guard_sessions.SESSION_PODS, guard_sessions.AS_MANY)
def an_administrator_scales_a_sessions_workload(stage: Stage) -> Calls:
    space = place(stage)
    own = made(stage, apps(space, "deployments"), a_workload(replicas=0))
    theirs = a_workload({"name": "web"}, replicas=0, selector={"matchLabels": {"app": "web"}})
    theirs["spec"]["template"]["metadata"] = {"labels": {"app": "web"}}
    stage.admin.must("POST", apps(space, "deployments"), theirs)
    scale = {"spec": {"replicas": 1}}
    passes = stage.admin.request("PATCH", f"{apps(space, 'deployments', 'web')}/scale", scale)
    return passes, stage.admin.request("PATCH", f"{own}/scale", scale)


@refused_by(guard_sessions.SESSION_PODS, guard_sessions.AS_THEY_ARE)
def an_administrator_adds_a_container_to_a_sessions_pod(stage: Stage) -> Calls:
    pod = made(stage, core(place(stage), "pods"), a_pod())
    theirs = others_pod(stage, place(stage, "app"))
    mine = a_container("mine", session="")
    return injected(stage, theirs, mine, actor="admin"), injected(stage, pod, mine, actor="admin")


@refused_by(guard_sessions.SESSION_PODS, "only the reconciler puts containers into pods whose names begin with bg-")
def an_administrator_adds_a_container_that_looks_like_a_sessions(stage: Stage) -> Calls:
    pod = others_pod(stage, place(stage, "app"))
    assert injected(stage, pod, a_container()).status == 200
    refused = injected(stage, pod, a_container("bg-other-0"), actor="admin")
    return injected(stage, pod, a_container("mine", session=""), actor="admin"), refused


# -- who gets into which container


@refused_by(guard_sessions.CONTAINERS, guard_sessions.OWN_CONTAINER)
def a_subject_gets_into_the_application_beside_its_own_container(stage: Stage) -> Calls:
    return _entered(stage, "debug")


@refused_by(guard_sessions.CONTAINERS, guard_sessions.OWN_CONTAINER)
def a_subject_gets_into_the_container_of_another_session(stage: Stage) -> Calls:
    return _entered(stage, "bg-other-0")


def _entered(stage: Stage, container: str) -> Calls:
    """Return calls of somebody who has a session's container in a pod where another session's is too."""
    space = place(stage, "app")
    pod = others_pod(stage, space)
    for each in (a_container(), a_container("bg-other-0", "bg-other")):
        assert injected(stage, pod, each).status == 200
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "resourceNames": ["web-0"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "resourceNames": ["web-0"], "verbs": ["create", "get"]},
        {
            "apiGroups": [MARKER_GROUP],
            "resources": [MARKER_RESOURCE],
            "resourceNames": [a_container()["name"], SESSION_MARKER],
            "verbs": [MARKER_VERB],
        },
    ]
    granted, rbac = ours(), f"/apis/{RBAC}/namespaces/{space}"
    stage.reconciler.must("POST", f"{rbac}/roles", stage.role(granted, rules=rules))
    stage.reconciler.must("POST", f"{rbac}/rolebindings", stage.binding(granted, role=granted["name"]))
    settled(stage.admin)
    with Actor("alice", stage.admin.url, stage.admin.ca, token=user_token(ALICE["name"])) as alice:
        own = alice.request("POST", f"{pod}/exec?command=id&container={a_container()['name']}")
        # The pod is on no node: what admission lets through ends there.
        assert "does not have a host assigned" in own.message, own
        return alice.request("GET", pod), alice.request("POST", f"{pod}/exec?command=id&container={container}")
