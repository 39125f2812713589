"""Debug templates as a policy side has them, for tests that start from what is offered and not from files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitops_breakglass.model.debug_offer import DebugBinding, DebugPodTemplate, DebugSide, DebugTemplate, Mode
from gitops_breakglass.model.document import Document

CONTAINERS = [{"name": "debug", "image": "example.com/tools:1"}]


def a_document(kind: str, name: str, spec: Mapping[str, Any], namespace: str = "") -> Document:
    """One document of the policy side."""
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    head = {"apiVersion": "breakglass.t-caas.telekom.com/v1alpha1", "kind": kind}
    return Document(f"policies/debug/{name}.yaml", {**head, "metadata": meta, "spec": dict(spec)})


def a_template(
    name: str = "tools", *, clusters: tuple[str, ...] = ("prod-*",), groups: tuple[str, ...] = (), **spec: Any
) -> DebugTemplate:
    """One session template; what is not said is as upstream has it by default."""
    allowed = {"clusters": list(clusters), **({"groups": list(groups)} if groups else {})}
    whole = {"allowed": allowed, **spec}
    document = a_document("DebugSessionTemplate", name, whole)
    return DebugTemplate(name, document, whole, Mode(whole.get("mode", "workload")), whole.get("podTemplateRef", ""))


def a_pod_template(name: str = "tools", **spec: Any) -> DebugPodTemplate:
    """One pod template."""
    return DebugPodTemplate(name, a_document("DebugPodTemplate", name, spec), spec)


def a_binding(name: str = "here", **spec: Any) -> DebugBinding:
    """One binding."""
    return DebugBinding("teams", name, a_document("DebugSessionClusterBinding", name, spec, "teams"), spec)


def a_debug_side(
    *templates: DebugTemplate, bindings: tuple[DebugBinding, ...] = (), pods: tuple[DebugPodTemplate, ...] = ()
) -> DebugSide:
    """The debug kinds of a policy side."""
    return DebugSide({each.name: each for each in templates}, bindings, {each.name: each for each in pods})


EVERYTHING = (
    a_template(
        "workloads",
        workloadType="Deployment",
        namespaceConstraints={
            "defaultNamespace": "debug-tools",
            "allowUserNamespace": True,
            "allowedNamespaces": ["debug-*"],
            "createIfNotExists": True,
        },
        resourceQuota={"maxPods": 3},
        networkPolicy={"defaultDeny": ["Ingress"]},
        auxiliaryResources=[{"name": "config", "template": {"apiVersion": "v1", "kind": "ConfigMap"}}],
    ),
    a_template("on-nodes", workloadType="DaemonSet", namespaceConstraints={"defaultNamespace": "debug-tools"}),
    a_template(
        "operations",
        mode="kubectl-debug",
        kubectlDebug={
            "ephemeralContainers": {"enabled": True, "allowedNamespaces": ["app-*"], "restartPodAfter": True},
            "podCopy": {"enabled": True, "targetNamespace": "debug-copies"},
            "nodeDebug": {"enabled": True},
        },
    ),
)
"""Templates that together ask for all that sessions can make but some auxiliary kinds."""
