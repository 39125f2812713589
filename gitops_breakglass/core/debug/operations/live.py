"""What is refused of an operation by what is on the cluster: pods, nodes, and the labels of namespaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gitops_breakglass.core.debug.namespaces import namespace_key
from gitops_breakglass.core.debug.operations.asked import Asked
from gitops_breakglass.core.debug.operations.places import ELSEWHERE, asks_for_labels, place_problem
from gitops_breakglass.core.debug.parts import Facts
from gitops_breakglass.core.debug.pods import FINISHED
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.kube import PREFIX, LiveObject, ObjectKey
from gitops_breakglass.model.request import EphemeralContainer, NodeDebug, PodCopy
from gitops_breakglass.model.session_kinds import POD

_STATIC = "kubernetes.io/config.mirror"
"""The annotation of a pod that a node runs by a file of its own: nothing about it can be changed."""


def pod_key(operation: EphemeralContainer | PodCopy) -> ObjectKey:
    """Return the key of the pod that an operation is about."""
    return POD.key(operation.namespace, operation.pod)


def node_key(operation: NodeDebug) -> ObjectKey:
    """Return the key of the node that an operation is about."""
    return ObjectKey("v1", "Node", "", operation.node)


def found(facts: Facts | None, key: ObjectKey) -> LiveObject | None:
    """Return what is on the cluster under a key, or None where it is not there or was not looked for."""
    return facts.get(key) if facts is not None else None


def live_problems(asked: Asked, facts: Facts | None) -> Iterator[Reason]:
    """Say what refuses an operation. What has to be known and is not refuses it too."""
    operation = asked.operation
    if isinstance(operation, NodeDebug):
        yield from _of_node(asked, operation, facts)
        return
    yield from _of_place(asked, operation, facts)
    if isinstance(operation, EphemeralContainer) and operation.pod.startswith(PREFIX):
        # Into pods of such names the guard lets whomever a grant lets in, into each of their containers.
        yield Reason(
            "pod-of-a-session",
            f"pods whose names begin with {PREFIX} are taken for a session's own, with all of their containers",
            "ask for a copy of the pod, or have it run under another name",
            asked.at("pod"),
        )
        return
    if facts is None:
        return
    pod = found(facts, pod_key(operation))
    if pod is None:
        yield Reason(
            "pod-not-there",
            f"there is no pod {operation.namespace}/{operation.pod}",
            "pods of a workload get new names; look for the one that is there now",
            asked.at("pod"),
        )
        return
    yield from _of_pod(asked, operation, pod)


def _of_place(asked: Asked, operation: EphemeralContainer | PodCopy, facts: Facts | None) -> Iterator[Reason]:
    places = asked.places
    if places is None or not asks_for_labels(places, operation.namespace):
        return
    namespace = found(facts, namespace_key(operation.namespace))
    if namespace is None:
        yield Reason(
            "namespace-labels-unknown",
            f"the template goes by labels of namespaces, and those of {operation.namespace} are not known",
            "let the gate see the cluster, or have the template name the namespace by a pattern",
            asked.at("namespace"),
        )
    elif problem := place_problem(places, operation.namespace, namespace.labels):
        yield Reason("operation-namespace", problem, ELSEWHERE, asked.at("namespace"))


def _of_pod(asked: Asked, operation: EphemeralContainer | PodCopy, pod: LiveObject) -> Iterator[Reason]:
    name = f"{operation.namespace}/{operation.pod}"
    if pod.is_marked_ours:
        yield Reason(
            "pod-of-a-session",
            f"pod {name} was made by gitops-breakglass and goes with its session",
            "ask for that session, or name the pod that it is a copy of",
            asked.at("pod"),
        )
    if not isinstance(operation, EphemeralContainer):
        return
    if why := _not_running(pod):
        yield Reason("pod-not-running", f"pod {name} {why}", "name a pod that runs", asked.at("pod"))
    if operation.target and operation.target not in _containers(pod):
        yield Reason(
            "container-not-there",
            f"pod {name} has no container {operation.target}",
            f"it has {', '.join(_containers(pod)) or 'none'}",
            asked.at("targetContainer"),
        )


def _not_running(pod: LiveObject) -> str | None:
    status = pod.manifest.get("status")
    phase = status.get("phase") if isinstance(status, Mapping) else None
    if pod.manifest["metadata"].get("deletionTimestamp"):
        return "is being deleted"
    if phase in FINISHED:
        return "has ended"
    return "is a static pod, which takes no containers" if _STATIC in pod.annotations else None


def _containers(pod: LiveObject) -> tuple[str, ...]:
    return tuple(str(each.get("name")) for each in pod.manifest.get("spec", {}).get("containers") or ())


def _of_node(asked: Asked, operation: NodeDebug, facts: Facts | None) -> Iterator[Reason]:
    selector = asked.terms.node.selector
    node = found(facts, node_key(operation))
    if node is None:
        if facts is not None:
            yield Reason(
                "node-not-there", f"there is no node {operation.node}", "see `kubectl get nodes`", asked.at("node")
            )
        elif selector:
            yield Reason(
                "node-not-selected",
                f"the template asks for labels of nodes, and those of {operation.node} are not known",
                "let the gate see the cluster",
                asked.at("node"),
            )
        return
    missing = [f"{key}={value}" for key, value in sorted(selector.items()) if node.labels.get(key) != value]
    if missing:
        yield Reason(
            "node-not-selected",
            f"node {operation.node} does not have {', '.join(missing)}",
            "choose a node that the template is for",
            asked.at("node"),
        )
