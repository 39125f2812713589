"""Puts pending pods onto a node that fits them, as there is no scheduler: selectors, required affinity and taints are minded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.cluster.harness.actor import Actor
from tests.cluster.harness.following import Pod, Pods

_HARD = ("NoSchedule", "NoExecute")


class Scheduler:
    """Binds each pod that has no node; one that fits nowhere stays pending, and is tried again."""

    def __init__(self, api: Actor) -> None:
        """Begin to watch."""
        self._api = api
        self._waiting: dict[str, Pod] = {}
        self._pods = Pods(api, "spec.nodeName%3D", listed=self._list, seen=self._see, tick=self._bind)

    def _list(self, pods: list[Pod]) -> None:
        self._waiting = {}
        for pod in pods:
            self._see("ADDED", pod)
        self._bind()

    def _see(self, change: str, pod: Pod) -> None:
        uid = pod["metadata"]["uid"]
        # A pod that got its node leaves the selection, which the watch tells as a deletion.
        if change == "DELETED" or "deletionTimestamp" in pod["metadata"] or pod["spec"].get("schedulingGates"):
            self._waiting.pop(uid, None)
        else:
            self._waiting[uid] = pod

    def _bind(self) -> None:
        if not self._waiting:
            return
        nodes = self._api.must("GET", "/api/v1/nodes")["items"]
        for uid, pod in list(self._waiting.items()):
            fitting = sorted(each["metadata"]["name"] for each in nodes if fits(pod, each))
            if fitting:
                del self._waiting[uid]
                self._put(pod, fitting[int(uid[:8], 16) % len(fitting)])

    def _put(self, pod: Pod, node: str) -> None:
        meta = pod["metadata"]
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        body = {"metadata": {"name": meta["name"], "uid": meta["uid"]}, "target": target}
        # Refused where somebody has bound or deleted it meanwhile.
        self._api.request("POST", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/binding", body)

    def close(self) -> None:
        """Bind no more."""
        self._pods.close()


def fits(pod: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    """Whether a pod may be put onto a node."""
    spec, labels = pod["spec"], node["metadata"].get("labels", {})
    wanted = spec.get("nodeSelector", {})
    affinity = spec.get("affinity", {}).get("nodeAffinity", {})
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return (
        all(labels.get(name) == value for name, value in wanted.items())
        and (required is None or any(_matches(term, node) for term in required["nodeSelectorTerms"]))
        and not node["spec"].get("unschedulable")
        and all(
            any(_tolerates(each, taint) for each in spec.get("tolerations", ()))
            for taint in node["spec"].get("taints", ())
            if taint["effect"] in _HARD
        )
    )


def _matches(term: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    meta = node["metadata"]
    checks = [
        *(_is(each, meta.get("labels", {})) for each in term.get("matchExpressions", ())),
        *(_is(each, {"metadata.name": meta["name"]}) for each in term.get("matchFields", ())),
    ]
    # A term without any requirement matches nothing.
    return bool(checks) and all(checks)


def _is(wanted: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    found = values.get(wanted["key"])
    match wanted["operator"]:
        case "In":
            return found in wanted["values"]
        case "NotIn":
            return found not in wanted["values"]
        case "Exists":
            return found is not None
        case "DoesNotExist":
            return found is None
        case "Gt":
            return found is not None and int(found) > int(wanted["values"][0])
        case _:
            return found is not None and int(found) < int(wanted["values"][0])


def _tolerates(toleration: Mapping[str, str], taint: Mapping[str, str]) -> bool:
    if toleration.get("effect", taint["effect"]) != taint["effect"]:
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key", "") in {"", taint["key"]}
    return toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", "")
