"""Pods on nodes: privileged, with the node's files, as the template lets them be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitops_breakglass.core.debug.operations.asked import Asked
from gitops_breakglass.core.names import session_object_name
from gitops_breakglass.model.debug_grant import Part, SessionObject
from gitops_breakglass.model.kube import SESSION_VARIABLE
from gitops_breakglass.model.request import NodeDebug

WAITING = ("sleep", "infinity")
"""What runs until somebody comes in, and after."""
GRACE = 1
"""Seconds that a pod of a session gets to end: what waits does not listen."""


def node_pod_of(
    asked: Asked, operation: NodeDebug, session: str, namespace: str, *, labels: Mapping[str, str]
) -> SessionObject:
    """Render the pod that sees the node."""
    terms = asked.terms.node
    spec: dict[str, Any] = {
        "nodeName": operation.node,
        "hostNetwork": terms.host_network,
        "hostPID": terms.host_pid,
        "hostIPC": terms.host_ipc,
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE,
        "tolerations": [{"operator": "Exists"}],
        "containers": [
            {
                "name": "debugger",
                "image": operation.image or terms.default_image,
                "imagePullPolicy": "IfNotPresent",
                "command": list(WAITING),
                "env": [{"name": SESSION_VARIABLE, "value": session}],
                "stdin": True,
                "tty": True,
                "securityContext": {"privileged": True},
                "volumeMounts": [{"name": "host", "mountPath": "/host"}],
            }
        ],
        "volumes": [{"name": "host", "hostPath": {"path": "/"}}],
    }
    metadata: dict[str, Any] = {"name": session_object_name(session, f"node-{asked.index}"), "namespace": namespace}
    if labels:
        metadata["labels"] = dict(labels)
    return SessionObject({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, Part.POD)
