"""What a kubelet says of a pod that it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MISSING = "missing.example.com/"
"""Images that begin so can't be pulled: a pod that has one waits for ever."""


def running(pod: Mapping[str, Any]) -> dict[str, Any]:
    """Return the status of a pod whose containers run and are ready; the same each time for the same pod."""
    spec = pod["spec"]
    begun = pod["metadata"]["creationTimestamp"]
    if any(each["image"].startswith(MISSING) for each in spec["containers"]):
        return _waiting(spec["containers"])
    status = {
        "phase": "Running",
        "podIP": "127.0.0.1",
        "podIPs": [{"ip": "127.0.0.1"}],
        "conditions": [{"type": kind, "status": "True"} for kind in ("Initialized", "Ready", "ContainersReady")],
        "containerStatuses": [_container(each, begun) for each in spec["containers"]],
    }
    if injected := spec.get("ephemeralContainers"):
        # None of them ever counts as ready.
        status["ephemeralContainerStatuses"] = [{**_container(each, begun), "ready": False} for each in injected]
    return status


def _container(container: Mapping[str, Any], begun: str) -> dict[str, Any]:
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": True,
        "restartCount": 0,
        "state": {"running": {"startedAt": begun}},
    }


def _waiting(containers: list[Mapping[str, Any]]) -> dict[str, Any]:
    waiting = {"reason": "ImagePullBackOff", "message": "no such image"}
    return {
        "phase": "Pending",
        "conditions": [{"type": kind, "status": "False"} for kind in ("Ready", "ContainersReady")],
        "containerStatuses": [
            {**_container(each, ""), "ready": False, "state": {"waiting": waiting}} for each in containers
        ],
    }


def says_so(pod: Mapping[str, Any], status: Mapping[str, Any]) -> bool:
    """Whether the pod's status says already which of its containers run."""
    now = pod.get("status", {})
    names = ("containerStatuses", "ephemeralContainerStatuses")
    return now.get("phase") == status["phase"] and all(
        {each["name"] for each in now.get(name, ())} == {each["name"] for each in status.get(name, ())}
        for name in names
    )
