"""Where witness cases make objects of debug sessions: namespaces that the templates name, pods of others in them, and bodies."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from gitops_breakglass.model.kube import SESSION_VARIABLE
from tests.cluster.harness.actor import Answer
from tests.cluster.witness_stage import Stage, ours

SESSION = "bg-look-0123456789"
IMAGE = "example.com/tools:1"
STRATEGIC = "application/strategic-merge-patch+json"


def place(stage: Stage, prefix: str = "debug", labels: Mapping[str, str] | None = None) -> str:
    """Make a namespace in which pods can be made."""
    name = f"{prefix}-{uuid.uuid4().hex[:8]}"
    stage.admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": dict(labels or {})}})
    stage.remove_later(f"/api/v1/namespaces/{name}")
    stage.admin.request("POST", f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})
    return name


def core(namespace: str, resource: str, name: str = "") -> str:
    return f"/api/v1/namespaces/{namespace}/{resource}" + (f"/{name}" if name else "")


def apps(namespace: str, resource: str, name: str = "") -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/{resource}" + (f"/{name}" if name else "")


def a_pod(metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A pod of a session, which nobody puts onto a node."""
    spec = {"automountServiceAccountToken": False, "containers": [{"name": "debug", "image": IMAGE}]}
    return {"metadata": dict(metadata or ours()), "spec": spec}


def a_workload(metadata: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A Deployment or DaemonSet of a session; its pods have the same marks."""
    meta = dict(metadata or ours())
    selected = {"gitops-breakglass.dev/session": meta["name"]}
    meta = {**meta, "labels": {**meta.get("labels", {}), **selected}}
    template = {"metadata": {each: meta[each] for each in ("labels", "annotations") if each in meta}}
    whole = {"selector": {"matchLabels": selected}, "template": {**template, "spec": a_pod()["spec"]}, **spec}
    return {"metadata": meta, "spec": whole}


def made(stage: Stage, path: str, body: Mapping[str, Any]) -> str:
    """Make it as the reconciler, to be gone after the test."""
    found = f"{path}/{stage.reconciler.must('POST', path, body)['metadata']['name']}"
    stage.remove_later(found)
    return found


def others_pod(stage: Stage, namespace: str, name: str = "web-0", **metadata: Any) -> str:
    """A pod of somebody else."""
    path = core(namespace, "pods")
    stage.admin.must("POST", path, a_pod({"name": name, **metadata}))
    return f"{path}/{name}"


def a_container(name: str = f"{SESSION}-0", session: str = SESSION, **more: Any) -> dict[str, Any]:
    """An ephemeral container of a session."""
    named = [{"name": SESSION_VARIABLE, "value": session}] if session else []
    return {"name": name, "image": IMAGE, "env": named, **more}


def injected(stage: Stage, pod: str, *containers: Mapping[str, Any], actor: str = "reconciler") -> Answer:
    """Put containers into a pod, as one of the stage's identities."""
    patch = {"spec": {"ephemeralContainers": list(containers)}}
    return getattr(stage, actor).request("PATCH", f"{pod}/ephemeralcontainers", patch, STRATEGIC)
