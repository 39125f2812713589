"""For each clause that the fence has for debug sessions a call that it refuses, with the matching call that passes."""

from __future__ import annotations

from gitops_breakglass.core.install import fence, fence_sessions, guard_sessions
from gitops_breakglass.model.kube import MANAGED_BY, NAMESPACE, REQUEST
from tests.cluster.session_place import (
    SESSION,
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
from tests.cluster.witness_stage import Stage, ours

NAMESPACES = "/api/v1/namespaces"


def named(stage: Stage, name: str) -> Calls:
    """Make a namespace of a session's, and try another name."""
    made_here = stage.reconciler.request("POST", f"{NAMESPACES}?dryRun=All", {"metadata": ours(f"debug-{name}")})
    return made_here, stage.reconciler.request("POST", f"{NAMESPACES}?dryRun=All", {"metadata": ours(name)})


# -- kinds, marks and places


@refused_by(fence.FENCE, fence.KIND)
def the_reconciler_scales_a_workload_of_others(stage: Stage) -> Calls:
    theirs = a_workload({"name": "web"}, replicas=0, selector={"matchLabels": {"app": "web"}})
    theirs["spec"]["template"]["metadata"] = {"labels": {"app": "web"}}
    deployment = apps(place(stage), "deployments", "web")
    stage.admin.must("POST", deployment.removesuffix("/web"), theirs)
    reads = stage.reconciler.request("GET", deployment)
    return reads, stage.reconciler.request("PATCH", f"{deployment}/scale", {"spec": {"replicas": 9}})


@refused_by(fence.FENCE, fence.KIND)
def the_reconciler_execs_into_a_pod_of_its_own(stage: Stage) -> Calls:
    pod = made(stage, core(place(stage), "pods"), a_pod())
    return stage.reconciler.request("GET", pod), stage.reconciler.request("POST", f"{pod}/exec?command=id")


@refused_by(fence.FENCE, fence.KIND)
def the_reconciler_evicts_a_pod_of_others(stage: Stage) -> Calls:
    stage.lets(stage.reconciler, "create", "pods/eviction", group="", namespace=stage.namespace)
    pod = core(stage.namespace, "pods", "bystander")
    evicted = stage.reconciler.request("POST", f"{pod}/eviction", {"metadata": {"name": "bystander"}})
    return stage.reconciler.request("GET", pod), evicted


@refused_by(fence.FENCE, fence.LABELLED)
def the_reconciler_makes_a_pod_without_our_label(stage: Stage) -> Calls:
    pods = core(place(stage), "pods")
    passes = stage.reconciler.request("POST", f"{pods}?dryRun=All", a_pod())
    return passes, stage.reconciler.request("POST", f"{pods}?dryRun=All", a_pod(ours(labels={REQUEST: "0" * 32})))


@refused_by(fence.FENCE, fence.WAS_LABELLED, is_alone=False)
def the_reconciler_deletes_a_config_map_of_others(stage: Stage) -> Calls:
    own = made(stage, core(place(stage), "configmaps"), {"metadata": ours()})
    passes = stage.reconciler.request("DELETE", own)
    return passes, stage.reconciler.request("DELETE", core(stage.namespace, "configmaps", "bystander"))


@refused_by(fence.FENCE, fence.WAS_LABELLED, is_alone=False)
def the_sweeper_deletes_a_namespace_of_others(stage: Stage) -> Calls:
    spaces = place(stage), f"debug-{stage.namespace}"
    stage.reconciler.must("POST", NAMESPACES, {"metadata": ours(spaces[1])})
    passes, refused = (stage.sweeper.request("DELETE", f"{NAMESPACES}/{name}") for name in reversed(spaces))
    return passes, refused


@refused_by(fence.FENCE, fence.PREFIXED)
def the_reconciler_makes_a_workload_without_our_prefix(stage: Stage) -> Calls:
    sets = f"{apps(place(stage), 'daemonsets')}?dryRun=All"
    passes = stage.reconciler.request("POST", sets, a_workload())
    return passes, stage.reconciler.request("POST", sets, a_workload(ours("web")))


@refused_by(fence.FENCE, "no debug template of this cluster makes an object of this kind")
def the_reconciler_makes_a_service_that_no_template_has(stage: Stage) -> Calls:
    space = place(stage)
    service = {"metadata": ours(), "spec": {"ports": [{"port": 80}]}}
    passes = stage.reconciler.request("POST", f"{core(space, 'pods')}?dryRun=All", a_pod())
    return passes, stage.reconciler.request("POST", f"{core(space, 'services')}?dryRun=All", service)


@refused_by(fence.FENCE, "no debug template of this cluster has objects in this namespace")
def the_reconciler_makes_a_pod_where_no_template_has_any(stage: Stage) -> Calls:
    passes, refused = (
        stage.reconciler.request("POST", f"{core(place(stage, prefix), 'pods')}?dryRun=All", a_pod())
        for prefix in ("debug", "shop")
    )
    return passes, refused


@refused_by(fence.FENCE, "no debug template of this cluster has objects in this namespace")
def the_reconciler_makes_a_namespace_that_no_template_names(stage: Stage) -> Calls:
    return named(stage, f"shop-{stage.namespace}")


@refused_by(fence.FENCE, fence_sessions.ELSEWHERE, is_alone=False)
def the_reconciler_puts_a_pod_beside_its_own_keys(stage: Stage) -> Calls:
    passes, refused = (
        stage.reconciler.request("POST", f"{core(name, 'configmaps')}?dryRun=All", {"metadata": ours()})
        for name in (place(stage), NAMESPACE)
    )
    return passes, refused


@refused_by(fence.FENCE, fence_sessions.SPARED, is_alone=False)
def the_reconciler_makes_a_namespace_of_kubernetes_own(stage: Stage) -> Calls:
    return named(stage, f"kube-{stage.namespace}")


@refused_by(fence.FENCE, fence_sessions.WHOLE, is_alone=False)
def the_reconciler_labels_a_namespace_of_its_own_though_someone_let_it(stage: Stage) -> Calls:
    name = f"debug-{stage.namespace}"
    space = f"{NAMESPACES}/{name}"
    stage.reconciler.must("POST", NAMESPACES, {"metadata": ours(name)})
    stage.lets(stage.reconciler, "patch", "namespaces", group="", namespace=name)
    changed = stage.patched(stage.reconciler, space, labels={"pod-security.kubernetes.io/enforce": "privileged"})
    return stage.reconciler.request("DELETE", space), changed


# -- containers in pods of others


@refused_by(fence.FENCE, fence_sessions.BY_SESSION)
def the_reconciler_injects_a_container_of_another_name(stage: Stage) -> Calls:
    space = place(stage, "app")
    one, other = (others_pod(stage, space, name) for name in ("web-0", "web-1"))
    return injected(stage, one, a_container()), injected(stage, other, a_container("debugger"))


@refused_by(fence.FENCE, fence_sessions.BY_SESSION)
def the_reconciler_injects_a_container_that_does_not_say_its_session(stage: Stage) -> Calls:
    space = place(stage, "app")
    one, other = (others_pod(stage, space, name) for name in ("web-0", "web-1"))
    return injected(stage, one, a_container()), injected(stage, other, a_container(session=""))


@refused_by(fence.FENCE, fence_sessions.BY_SESSION)
def the_reconciler_injects_a_container_in_the_name_of_another_session(stage: Stage) -> Calls:
    space = place(stage, "app")
    one, other = (others_pod(stage, space, name) for name in ("web-0", "web-1"))
    return injected(stage, one, a_container()), injected(stage, other, a_container(session="bg-other-0123456789"))


@refused_by(fence.FENCE, fence_sessions.BY_SESSION)
def the_reconciler_injects_two_containers_at_once(stage: Stage) -> Calls:
    pod = others_pod(stage, place(stage, "app"))
    both = injected(stage, pod, a_container(), a_container(f"{SESSION}-1"))
    return injected(stage, pod, a_container()), both


@refused_by(fence.FENCE, "no debug template of this cluster puts containers into pods here")
def the_reconciler_injects_where_no_template_does(stage: Stage) -> Calls:
    one, other = (others_pod(stage, place(stage, prefix)) for prefix in ("app", "shop"))
    return injected(stage, one, a_container()), injected(stage, other, a_container())


@refused_by(
    guard_sessions.SESSION_PODS,
    "only the reconciler puts containers into pods whose names begin with bg-",
    is_alone=False,
)
def the_sweeper_injects_though_someone_let_it(stage: Stage) -> Calls:
    space = place(stage, "app")
    pod = others_pod(stage, space)
    stage.lets(stage.sweeper, "patch", "pods/ephemeralcontainers", group="", namespace=space)
    refused = injected(stage, pod, a_container(), actor="sweeper")
    return injected(stage, pod, a_container()), refused


@refused_by(fence.FENCE, "this pod is not of gitops-breakglass, so this identity may not delete it")
def the_reconciler_deletes_a_pod_that_held_nothing_of_ours(stage: Stage) -> Calls:
    space = place(stage, "app")
    one, other = (others_pod(stage, space, name) for name in ("web-0", "web-1"))
    assert injected(stage, one, a_container()).status == 200
    return stage.reconciler.request("DELETE", one), stage.reconciler.request("DELETE", other)


@refused_by(fence.FENCE, "this pod is not of gitops-breakglass, so this identity may not delete it")
def the_sweeper_deletes_a_pod_that_held_nothing_of_ours(stage: Stage) -> Calls:
    space = place(stage, "app")
    one, other = (others_pod(stage, space, name) for name in ("web-0", "web-1"))
    assert injected(stage, one, a_container()).status == 200
    return stage.sweeper.request("DELETE", one), stage.sweeper.request("DELETE", other)


@refused_by(fence.FENCE, fence.ONE_BY_ONE)
def the_reconciler_deletes_a_collection_of_pods_though_someone_let_it(stage: Stage) -> Calls:
    space = place(stage)
    stage.lets(stage.reconciler, "deletecollection", "pods", group="", namespace=space)
    one, _ = (made(stage, core(space, "pods"), a_pod()) for _ in range(2))
    alone = stage.reconciler.request("DELETE", one)
    return alone, stage.reconciler.request("DELETE", f"{core(space, 'pods')}?labelSelector={MANAGED_BY}")
