"""A debug session that makes all that sessions can make: a namespace, limits, a workload, what is beside it, and operations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.cluster.debug_asked import CLUSTER, NODE, Asked, Place

TEMPLATE = "everything"
PRIORITY = "debug-sessions"
"""The priority class of the workload's pods, by which a quota is bound to them wherever they are."""
_HEAD = {"apiVersion": "breakglass.t-caas.telekom.com/v1alpha1"}
_CONTAINER = {
    "name": "main",
    "image": "busybox:1.36",
    "resources": {"limits": {"cpu": "100m", "memory": "64Mi"}, "requests": {"cpu": "10m", "memory": "8Mi"}},
}


def policies() -> dict[str, str]:
    """The policy side's files for it, by path."""
    pod = {"containers": [_CONTAINER], "priorityClassName": PRIORITY, "terminationGracePeriodSeconds": 1}
    return {
        f"policies/debug/pods/{TEMPLATE}.yaml": _file("DebugPodTemplate", {"template": {"spec": pod}}),
        f"policies/debug/templates/{TEMPLATE}.yaml": _file("DebugSessionTemplate", _template()),
    }


def everything(name: str, place: Place) -> Asked:
    """A request for it, in a namespace that is not there yet; `place` has the pod that the operations are about."""
    pod = {"namespace": place.namespace, "pod": place.pod}
    return Asked(
        name,
        TEMPLATE,
        operations=(
            {"ephemeralContainer": {**pod, "image": "busybox:1.36"}},
            {"podCopy": {**pod, "ttl": "10m"}},
            {"nodeDebug": {"node": NODE, "image": "busybox:1.36"}},
        ),
        more={"targetNamespace": namespace_of(name)},
    )


def namespace_of(name: str) -> str:
    """The namespace that is made for a request of this name."""
    return f"debug-{name}"


def _file(kind: str, spec: Mapping[str, Any]) -> str:
    return json.dumps({**_HEAD, "kind": kind, "metadata": {"name": TEMPLATE}, "spec": spec}, indent=2) + "\n"


def _template() -> dict[str, Any]:
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "{{ .session.name }}-settings"},
        "data": {"a": "b"},
    }
    return {
        "mode": "hybrid",
        "workloadType": "Deployment",
        "replicas": 2,
        "podTemplateRef": {"name": TEMPLATE},
        "namespaceConstraints": {
            "defaultNamespace": "debug-default",
            "allowUserNamespace": True,
            "allowedNamespaces": {"patterns": ["debug-*"]},
            "createIfNotExists": True,
        },
        "resourceQuota": {"maxPods": 10, "maxCPU": "2", "maxMemory": "1Gi"},
        "networkPolicy": {"defaultDeny": ["Ingress", "Egress"]},
        "auxiliaryResources": [{"name": "settings", "category": "settings", "template": settings}],
        "requiredAuxiliaryResourceCategories": ["settings"],
        "kubectlDebug": {
            "ephemeralContainers": {
                "enabled": True,
                "allowedNamespaces": {"patterns": ["app-*"]},
                "allowedImages": ["busybox:*"],
            },
            "podCopy": {"enabled": True, "ttl": "20m", "allowedNamespaces": {"patterns": ["app-*"]}},
            "nodeDebug": {"enabled": True, "allowedImages": ["busybox:*"]},
        },
        "allowed": {"clusters": [CLUSTER], "groups": ["developers"]},
        "approvers": {"groups": ["sre"]},
        "constraints": {"maxDuration": "2h", "defaultDuration": "30m"},
    }
