"""The kubelet's dealings with the API: its Node object, and the pods on it, which it watches as a kubelet does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import requests

from tests.cluster.harness.actor import Actor
from tests.cluster.harness.streams import Lines

_OK = 200
_PAUSE_SECONDS = 0.2


def node(name: str, port: int) -> dict[str, Any]:
    """Return a Node which the API server reaches on loopback, and to which it may pass websockets on as they are."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "capacity": {"cpu": "64", "memory": "64Gi", "pods": "1000"},
            "allocatable": {"cpu": "64", "memory": "64Gi", "pods": "1000"},
            "conditions": [{"type": "Ready", "status": "True", "reason": "TestKubelet"}],
            "declaredFeatures": ["ExtendWebSocketsToKubelet"],
        },
    }


class PodWatch:
    """Follows the pods of a node; tells when one is gone, and confirms deletions as the kubelet has to."""

    def __init__(self, api: Actor, node_name: str, gone: Callable[[str], None]) -> None:
        """Begin to watch; `gone` is called with the uid of a pod that is deleted or being deleted."""
        self._api = api
        self._node = node_name
        self._gone = gone
        self._path = f"/api/v1/pods?fieldSelector=spec.nodeName%3D{node_name}"
        self._known: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def find(self, namespace: str, name: str) -> str | None:
        """Return the uid of a pod that runs on this node."""
        answer = self._api.request("GET", f"/api/v1/namespaces/{namespace}/pods/{name}")
        if answer.status != _OK or answer.body["spec"].get("nodeName") != self._node or _ends(answer.body):
            return None
        uid: str = answer.body["metadata"]["uid"]
        return uid

    def _run(self) -> None:
        while not self._stop.is_set():
            # The API server may be down for a while: tests of faults see to that.
            with contextlib.suppress(requests.RequestException, OSError):
                self._round()
            self._stop.wait(_PAUSE_SECONDS)

    def _round(self) -> None:
        listed = self._api.request("GET", self._path)
        if listed.status != _OK:
            return
        pods = {pod["metadata"]["uid"]: pod for pod in listed.body["items"]}
        for uid in self._known - pods.keys():
            self._gone(uid)
        self._known = set(pods)
        for pod in pods.values():
            self._see("ADDED", pod)
        stream = self._api.watch(self._path, listed.body["metadata"]["resourceVersion"])
        if not isinstance(stream, Lines):
            return
        with stream:
            while not self._stop.is_set() and not stream.closed:
                event = stream.next_event(_PAUSE_SECONDS)
                if event and event["type"] == "ERROR":
                    return
                if event:
                    self._see(event["type"], event["object"])

    def _see(self, change: str, pod: dict[str, Any]) -> None:
        meta = pod["metadata"]
        if change == "DELETED":
            self._known.discard(meta["uid"])
            self._gone(meta["uid"])
            return
        self._known.add(meta["uid"])
        if _ends(pod):
            # Its containers are stopped, and with them all streams; only then may the object go.
            self._gone(meta["uid"])
            options = {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}}
            self._api.request("DELETE", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}", options)

    def close(self) -> None:
        """Watch no more."""
        self._stop.set()
        self._thread.join(60)


def _ends(pod: dict[str, Any]) -> bool:
    return "deletionTimestamp" in pod["metadata"]
