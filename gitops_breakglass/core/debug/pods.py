"""The pods that are a debug session's now: by what controls them and by uid, never by name alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_breakglass.core.holds import holds
from gitops_breakglass.core.record_parts import list_of, mapping_of
from gitops_breakglass.model.debug_grant import DebugGrant, Injection, Part
from gitops_breakglass.model.debug_state import NO_SESSION, SessionState
from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey
from gitops_breakglass.model.session_kinds import POD, REPLICA_SET

FINISHED = frozenset({"Succeeded", "Failed"})
"""The phases of a pod that runs no more."""


@dataclass(frozen=True)
class Sight:
    """What a run sees of one session: its own objects by label, and the pods of its injections by a look at each."""

    live: Sequence[LiveObject] = ()
    """All that carries our label and the request's uid."""
    injected: Mapping[ObjectKey, LiveObject | None] | None = None
    """Pods of injections by key: None is one that is not there, a key that lacks could not be looked at."""
    uids: Mapping[ObjectKey, str] | None = None
    """What was made, as the record has it. What it does not have yet counts by its key."""
    state: SessionState = NO_SESSION
    """What the record says was done."""

    def own(self, key: ObjectKey) -> LiveObject | None:
        """Return the object of this key where it is the one that was made."""
        known = (self.uids or {}).get(key)
        return next((each for each in self.live if each.key == key and known in {None, each.uid}), None)


@dataclass(frozen=True)
class SessionPods:
    """`pods` are those that rights are on; `followers` the uids of all that the session's live workloads control."""

    pods: tuple[LiveObject, ...] = ()
    followers: frozenset[str] = frozenset()

    def names(self) -> Mapping[str, tuple[str, ...]]:
        """Return the names of the pods by namespace."""
        found: dict[str, list[str]] = {}
        for each in self.pods:
            found.setdefault(each.key.namespace, []).append(each.key.name)
        return {namespace: tuple(sorted(names)) for namespace, names in sorted(found.items())}


NO_PODS = SessionPods()


def pods_of(debug: DebugGrant, sight: Sight, wanted: Iterable[ObjectKey]) -> SessionPods:
    """Return the session's pods; `wanted` are the keys of its objects that have not ended.

    Through uids alone: a pod that takes another's name, or says that something of the session's name controls it, is not
    one. What is about to go, or has finished, is none any more.
    """
    keys = set(wanted)
    there = {each.key: own for each in debug.objects if each.key in keys and (own := sight.own(each.key)) is not None}
    workloads = {there[each.key].uid for each in debug.objects if each.part is Part.WORKLOAD and each.key in there}
    sets = _controlled(sight.live, REPLICA_SET.kind, workloads)
    controlled = _controlled(sight.live, POD.kind, workloads | {each.uid for each in sets})
    copies = [there[each.key] for each in debug.objects if each.part is Part.POD and each.key in there]
    held = [pod for each in debug.injections if (pod := injected_pod(each, sight)) is not None]
    pods = {each.key: each for each in (*controlled, *copies, *held) if is_open(each)}
    return SessionPods(tuple(pods[key] for key in sorted(pods)), frozenset(each.uid for each in (*sets, *controlled)))


def injected_pod(injection: Injection, sight: Sight) -> LiveObject | None:
    """Return the pod of an injection while it is the one that was meant and holds our container."""
    pod = (sight.injected or {}).get(pod_key(injection))
    if pod is None or meant_uid(injection, sight.state) not in {"", pod.uid}:
        return None
    container = container_in(pod, injection.name)
    return pod if container is not None and holds(container, injection.container) else None


def meant_uid(injection: Injection, state: SessionState) -> str:
    """Return the uid of the pod that it is for: what was decided, else what a run wrote down when it first saw the pod.

    Empty where it was approved by name and no run has seen the pod yet.
    """
    if injection.pod_uid:
        return injection.pod_uid
    name = (injection.namespace, injection.pod, injection.name)
    return next((each.uid for each in state.operations if each.name == name), "")


def pod_key(injection: Injection) -> ObjectKey:
    """Return the key of the pod that a container is for."""
    return POD.key(injection.namespace, injection.pod)


def container_in(pod: LiveObject, name: str) -> Manifest | None:
    """Return the pod's ephemeral container of this name, or None."""
    for each in list_of(mapping_of(pod.manifest.get("spec")).get("ephemeralContainers")):
        if mapping_of(each).get("name") == name:
            return mapping_of(each)
    return None


def is_open(pod: LiveObject) -> bool:
    """Whether a pod is neither about to go nor finished."""
    phase = mapping_of(pod.manifest.get("status")).get("phase")
    return "deletionTimestamp" not in pod.manifest["metadata"] and phase not in FINISHED


def controller_of(live: LiveObject) -> Mapping[str, Any]:
    """Return the owner reference of what controls an object, and makes it anew when it goes; empty where nothing does."""
    owners = map(mapping_of, list_of(live.manifest["metadata"].get("ownerReferences")))
    return next((each for each in owners if each.get("controller") is True), {})


def _controlled(live: Iterable[LiveObject], kind: str, controllers: set[str]) -> list[LiveObject]:
    return [each for each in live if each.key.kind == kind and str(controller_of(each).get("uid", "")) in controllers]
