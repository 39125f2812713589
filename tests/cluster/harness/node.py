"""The kubelet's dealings with the API: its Node object, and the pods on it, which it watches as a kubelet does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.cluster.harness.actor import Actor
from tests.cluster.harness.following import Pod, Pods
from tests.cluster.harness.running import running, says_so

_OK = 200


def node(name: str, port: int, labels: Mapping[str, str], taints: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Return a Node which the API server reaches on loopback, and to which it may pass websockets on as they are."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}},
        "spec": {"taints": list(taints)},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "capacity": {"cpu": "64", "memory": "64Gi", "pods": "1000"},
            "allocatable": {"cpu": "64", "memory": "64Gi", "pods": "1000"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "TestKubelet"}],
            "declaredFeatures": ["ExtendWebSocketsToKubelet"],
        },
    }


def join(api: Actor, body: Mapping[str, Any]) -> None:
    """Make the Node and say that it is ready; the taint that every new node gets for not being so is taken off."""
    path = f"/api/v1/nodes/{body['metadata']['name']}"
    api.must("POST", "/api/v1/nodes", body)
    api.must("PATCH", f"{path}/status", {"status": body["status"]})
    api.must("PATCH", path, {"spec": {"taints": body["spec"]["taints"] or None}})


class PodWatch:
    """Follows the pods of a node; tells when one is gone, and confirms deletions as the kubelet has to."""

    def __init__(
        self, api: Actor, node_name: str, gone: Callable[[str], None], *, runs: bool = False, stubborn: bool = False
    ) -> None:
        """Begin to watch; `gone` is called with the uid of a pod whose containers have ended.

        With `runs`, pods on the node are said to run. What is in their containers ends at the first asking, or,
        where it is `stubborn`, is killed at the end of the pod's grace period as `sleep` in a shell has to be.
        """
        self._api = api
        self._node = node_name
        self._gone = gone
        self._runs = runs
        self._stubborn = stubborn
        self._known: set[str] = set()
        self._ending: dict[str, Pod] = {}
        self._pods = Pods(
            api, f"spec.nodeName%3D{node_name}", listed=self._list, seen=self._see, tick=self._kill_in_time
        )

    def find(self, namespace: str, name: str) -> str | None:
        """Return the uid of a pod whose containers run on this node."""
        answer = self._api.request("GET", f"/api/v1/namespaces/{namespace}/pods/{name}")
        if answer.status != _OK or answer.body["spec"].get("nodeName") != self._node:
            return None
        if _ends(answer.body) and not self._runs_on(answer.body):
            return None
        uid: str = answer.body["metadata"]["uid"]
        return uid

    def _list(self, pods: list[Pod]) -> None:
        found = {pod["metadata"]["uid"] for pod in pods}
        for uid in self._known - found:
            self._forget(uid)
        self._known = found
        for pod in pods:
            self._see("ADDED", pod)

    def _see(self, change: str, pod: Pod) -> None:
        uid = pod["metadata"]["uid"]
        if change == "DELETED":
            self._forget(uid)
            return
        self._known.add(uid)
        if _ends(pod):
            self._ending[uid] = pod
            self._kill_in_time()
        elif self._runs and not says_so(pod, status := running(pod)):
            # Somebody may have deleted it meanwhile, or said the same already.
            self._api.request("PATCH", f"{_path(pod)}/status", {"status": status})

    def _forget(self, uid: str) -> None:
        self._known.discard(uid)
        self._ending.pop(uid, None)
        self._gone(uid)

    def _kill_in_time(self) -> None:
        for uid, pod in list(self._ending.items()):
            if not self._runs_on(pod):
                # Its containers are stopped, and with them all streams; only then may the object go.
                del self._ending[uid]
                self._gone(uid)
                self._api.request("DELETE", _path(pod), {"gracePeriodSeconds": 0, "preconditions": {"uid": uid}})

    def _runs_on(self, pod: Pod) -> bool:
        """Whether the containers of a pod that is being deleted still run."""
        return self._stubborn and datetime.now(UTC) < datetime.fromisoformat(pod["metadata"]["deletionTimestamp"])

    def close(self) -> None:
        """Watch no more."""
        self._pods.close()


def _ends(pod: Pod) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _path(pod: Pod) -> str:
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
