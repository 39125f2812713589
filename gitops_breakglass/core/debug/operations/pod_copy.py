"""Copies of pods: what is taken over from the pod that is there, and what is left out and said."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from gitops_breakglass.core.debug.operations.asked import Asked
from gitops_breakglass.core.debug.operations.keeping import Keeping
from gitops_breakglass.core.debug.operations.node import WAITING
from gitops_breakglass.core.names import session_object_name
from gitops_breakglass.model.debug_grant import Part, SessionObject
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.kube import DOMAIN, SESSION_VARIABLE, LiveObject
from gitops_breakglass.model.request import PodCopy

COPY_OF = f"{DOMAIN}/copy-of"
"""Annotation: `namespace/name` of the pod that a copy was made of; COPY_OF_UID has its uid."""
COPY_OF_UID = f"{DOMAIN}/copy-of-uid"
_GRACE = 5
"""Seconds that a copy gets to end, at most."""
_POD = (
    "nodeSelector",
    "tolerations",
    "securityContext",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "hostUsers",
    "shareProcessNamespace",
    "dnsPolicy",
    "dnsConfig",
    "hostAliases",
    "runtimeClassName",
    "schedulerName",
    "os",
    "enableServiceLinks",
    "resources",
)
"""Fields of a pod that its copy has as they are; what Kubernetes adds in years to come is left out until it is looked at."""
_CONTAINER = (
    "name",
    "image",
    "command",
    "args",
    "workingDir",
    "imagePullPolicy",
    "securityContext",
    "stdin",
    "stdinOnce",
    "tty",
    "terminationMessagePath",
    "terminationMessagePolicy",
)
_SAID = {
    "affinity": "affinity to other pods",
    "topologySpreadConstraints": "spreading",
    "priorityClassName": "priority",
    "hostname": "host name",
    "subdomain": "subdomain",
    "resourceClaims": "claims of devices",
    "ephemeralContainers": "ephemeral containers",
    "activeDeadlineSeconds": "deadline",
    "readinessGates": "readiness gates",
    "schedulingGates": "scheduling gates",
}
_SAID_OF_CONTAINERS = {
    "ports": "ports",
    "livenessProbe": "probes",
    "readinessProbe": "probes",
    "startupProbe": "probes",
    "lifecycle": "lifecycle hooks",
}
"""Fields that are left out and would be missed, as people call them."""


def copy_of(
    asked: Asked, operation: PodCopy, session: str, pod: LiveObject | None, *, labels: Mapping[str, str]
) -> tuple[SessionObject, tuple[Reason, ...]]:
    """Render the copy, with what there is to say of it.

    Without the pod there is nothing to copy, and the object is one that no API server takes.
    """
    terms = asked.terms.copy
    name = f"{operation.namespace}/{operation.pod}"
    metadata: dict[str, Any] = {
        "name": session_object_name(session, f"copy-{asked.index}"),
        "namespace": terms.target,
        "annotations": {COPY_OF: name, **({COPY_OF_UID: pod.uid} if pod is not None else {})},
    }
    if marks := {**labels, **terms.labels}:
        metadata["labels"] = marks
    beside = operation.namespace == terms.target
    keeping = Keeping(beside, token=operation.keep_token, secrets=operation.keep_secrets)
    spec = {"containers": []} if pod is None else _spec(operation, session, pod.manifest["spec"], keeping)
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    made = SessionObject(manifest, Part.POD, ttl=operation.ttl or terms.ttl)
    return made, tuple(_said(asked, operation, pod, keeping))


def _spec(operation: PodCopy, session: str, source: Mapping[str, Any], keeping: Keeping) -> dict[str, Any]:
    # Nothing that is returned may be a piece of what was seen.
    source = copy.deepcopy(dict(source))
    spec = {field: source[field] for field in _POD if source.get(field) is not None}
    spec["volumes"] = keeping.volumes(source)
    names = {each["name"] for each in spec["volumes"]}
    for field in ("initContainers", "containers"):
        spec[field] = [_container(each, names, keeping) for each in source.get(field) or ()]
    for before, after in zip(source.get("initContainers") or (), spec["initContainers"], strict=True):
        # This one makes it a sidecar, which runs beside the others; of others it is what the pod says.
        if before.get("restartPolicy") == "Always":
            after["restartPolicy"] = "Always"
    if operation.image:
        spec["containers"].append(_debugger(operation, session, spec))
    if node := (source.get("affinity") or {}).get("nodeAffinity"):
        spec["affinity"] = {"nodeAffinity": node}
    if keeping.beside and source.get("imagePullSecrets"):
        spec["imagePullSecrets"] = source["imagePullSecrets"]
    if keeping.beside and keeping.token:
        spec["serviceAccountName"] = source.get("serviceAccountName") or "default"
    spec["automountServiceAccountToken"] = keeping.beside and keeping.token
    spec["restartPolicy"] = "Never"
    spec["terminationGracePeriodSeconds"] = _grace(source.get("terminationGracePeriodSeconds"))
    _note_fields(source, keeping)
    return {field: value for field, value in spec.items() if value not in ([], {})}


def _container(container: Mapping[str, Any], volumes: set[str], keeping: Keeping) -> dict[str, Any]:
    made = {field: container[field] for field in _CONTAINER if container.get(field) is not None}
    resources = {key: each for key, each in (container.get("resources") or {}).items() if key != "claims"}
    lists = {
        "env": list(keeping.env(container)),
        "envFrom": list(keeping.env_from(container)),
        "volumeMounts": [each for each in container.get("volumeMounts") or () if each.get("name") in volumes],
        "volumeDevices": [each for each in container.get("volumeDevices") or () if each.get("name") in volumes],
        "resources": resources,
    }
    return {**made, **{field: value for field, value in lists.items() if value}}


def _debugger(operation: PodCopy, session: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    taken = {each.get("name") for field in ("initContainers", "containers") for each in spec[field]}
    names = ("debugger", *(f"debugger-{number}" for number in range(1, len(taken) + 1)))
    return {
        "name": next(name for name in names if name not in taken),
        "image": operation.image,
        "imagePullPolicy": "IfNotPresent",
        "command": list(operation.command or WAITING),
        "env": [{"name": SESSION_VARIABLE, "value": session}],
        "stdin": True,
        "tty": True,
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }


def _grace(value: Any) -> int:
    return min(value, _GRACE) if isinstance(value, int) and value >= 0 else _GRACE


def _note_fields(source: Mapping[str, Any], keeping: Keeping) -> None:
    for field, words in _SAID.items():
        value = source.get(field)
        if value and not (field == "affinity" and value.keys() <= {"nodeAffinity"}):
            keeping.left_out[words] = None
    containers = [each for field in ("initContainers", "containers") for each in source.get(field) or ()]
    for field, words in _SAID_OF_CONTAINERS.items():
        if any(each.get(field) for each in containers):
            keeping.left_out[words] = None


def _said(asked: Asked, operation: PodCopy, pod: LiveObject | None, keeping: Keeping) -> Iterator[Reason]:
    name = f"{operation.namespace}/{operation.pod}"
    if pod is None:
        yield Reason(
            "pod-by-name",
            f"no cluster could be seen: what the copy of {name} holds is known when the session is decided",
            location=asked.at("pod"),
        )
        return
    token = () if keeping.token and keeping.beside else ("service account and token",)
    left = ", ".join(("labels", "owners", *token, *keeping.left_out))
    yield Reason("copy-without", f"the copy of {name} is without the pod's {left}", location=asked.at())
    kept = [word for word, is_on in (("token", operation.keep_token), ("Secrets", operation.keep_secrets)) if is_on]
    if kept:
        told = f"the copy of {name} keeps the pod's {' and '.join(kept)}: who is in it holds them too"
        yield Reason("copy-with", told, location=asked.at())
    claims = [each["name"] for each in pod.manifest["spec"].get("volumes") or () if each.get("persistentVolumeClaim")]
    if keeping.beside and claims:
        told = f"the copy of {name} shares volume {', '.join(claims)}; one that is ReadWriteOnce keeps it on that node"
        yield Reason("copy-with", told, location=asked.at())
