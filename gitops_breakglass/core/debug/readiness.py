"""What of a debug session is not ready yet, and why, in the words of whoever waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitops_breakglass.core.record_parts import list_of, mapping_of, text_of
from gitops_breakglass.model.debug_grant import DebugGrant, Part
from gitops_breakglass.model.debug_state import NotReady
from gitops_breakglass.model.kube import LiveObject, ObjectKey

_ABSENT = "it is not there"
_UNSEEN = "its controller has not seen it yet"


def awaited(debug: DebugGrant) -> tuple[ObjectKey, ...]:
    """Return the keys of what has pods, or is one."""
    return tuple(each.key for each in debug.objects if each.part in {Part.WORKLOAD, Part.POD})


def why_not_ready(key: ObjectKey, live: LiveObject | None) -> NotReady | None:
    """Return why a workload or a pod of a session is not ready, or None."""
    if live is None:
        return NotReady(key, _ABSENT)
    why = {"Deployment": _deployment, "DaemonSet": _daemon_set}.get(key.kind, _pod)(live)
    return NotReady(key, why) if why else None


def container_not_ready(key: ObjectKey, pod: LiveObject | None, name: str) -> NotReady | None:
    """Return why an ephemeral container does not run, or None; of the pod it is another's matter whether it is ready."""
    if pod is None:
        return NotReady(key, _ABSENT)
    for each in list_of(_status(pod).get("ephemeralContainerStatuses")):
        if mapping_of(each).get("name") == name:
            state = mapping_of(mapping_of(each).get("state"))
            return None if "running" in state else NotReady(key, f"container {name} {_state(state)}")
    return NotReady(key, f"container {name} has not been started")


def is_ready(pod: LiveObject) -> bool:
    """Whether a pod says that it is ready."""
    return any(
        mapping_of(each).get("type") == "Ready" and mapping_of(each).get("status") == "True"
        for each in list_of(_status(pod).get("conditions"))
    )


def _deployment(live: LiveObject) -> str:
    wanted = _count(mapping_of(live.manifest.get("spec")).get("replicas"), 1)
    return _unseen(live) or _short(_count(_status(live).get("readyReplicas")), wanted)


def _daemon_set(live: LiveObject) -> str:
    wanted = _count(_status(live).get("desiredNumberScheduled"))
    return (
        _unseen(live)
        or _short(_count(_status(live).get("numberReady")), wanted)
        or ("" if wanted else "no node fits it")
    )


def _pod(live: LiveObject) -> str:
    if is_ready(live):
        return ""
    for each in list_of(_status(live).get("conditions")):
        condition = mapping_of(each)
        if (condition.get("type"), condition.get("status")) == ("PodScheduled", "False"):
            return f"no node takes it: {text_of(condition.get('message')) or text_of(condition.get('reason'))}"
    for each in list_of(_status(live).get("containerStatuses")):
        status = mapping_of(each)
        if status.get("ready") is not True:
            return f"container {text_of(status.get('name'))} {_state(mapping_of(status.get('state')))}"
    return f"its phase is {text_of(_status(live).get('phase')) or 'not known'}"


def _unseen(live: LiveObject) -> str:
    observed = _count(_status(live).get("observedGeneration"))
    return "" if observed >= _count(live.manifest["metadata"].get("generation"), 1) else _UNSEEN


def _short(ready: int, wanted: int) -> str:
    return "" if ready >= wanted else f"{ready} of {wanted} pods are ready"


def _state(state: Mapping[str, Any]) -> str:
    for name in ("waiting", "terminated"):
        if found := mapping_of(state.get(name)):
            reason, message = text_of(found.get("reason")), text_of(found.get("message"))
            return f"is {name}: {': '.join(filter(None, (reason, message))) or 'nobody says why'}"
    return "does not run"


def _status(live: LiveObject) -> Mapping[str, Any]:
    return mapping_of(live.manifest.get("status"))


def _count(value: object, default: int = 0) -> int:
    return value if type(value) is int else default
