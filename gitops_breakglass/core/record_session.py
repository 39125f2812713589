"""The part of a record's status that tells of a debug session, where anybody may have written anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gitops_breakglass.core.record_parts import (
    LONG_PAST,
    key_manifest,
    list_of,
    mapping_of,
    read_key,
    text_of,
    time_or_past,
)
from gitops_breakglass.model.debug_state import Done, NotReady, Remaining, Remains, SessionPod, SessionState
from gitops_breakglass.model.window import print_time

_LONGEST = 1024
_MOST = 500


def read_session(data: object) -> SessionState:
    """Return what a status says of a session; an entry that can't be read is left out.

    What can't be read of what became of a container counts as still there, so that it is looked at again.
    """
    found = mapping_of(data)
    return SessionState(
        operations=tuple(_done(each) for each in _entries(found.get("operations"), "pod")),
        pods=tuple(_pod(each) for each in _entries(found.get("pods"), "name")),
        not_ready=tuple(
            NotReady(key, text_of(each.get("why")))
            for each in _entries(found.get("notReady"), "name")
            if (key := read_key(each)) is not None
        ),
        remains=tuple(_remains(each) for each in _entries(found.get("remains"), "container")),
    )


def session_status(state: SessionState) -> dict[str, Any]:
    """Return what a record's status says of a session; read_session reads it back."""
    return {
        "operations": [_done_status(each) for each in sorted(state.operations, key=lambda each: each.name)[:_MOST]],
        "pods": [
            _pod_status(each) for each in sorted(state.pods, key=lambda each: (each.namespace, each.name))[:_MOST]
        ],
        "notReady": [{**key_manifest(each.key), "why": each.why[:_LONGEST]} for each in state.not_ready[:_MOST]],
        "remains": [_remains_status(each) for each in sorted(state.remains, key=lambda each: each.name)[:_MOST]],
    }


def with_done(state: SessionState, done: Iterable[Done]) -> SessionState:
    """Return the state with these operations. What it says was done stays as it is: with the pod and the time of then."""
    operations = {each.name: each for each in done} | {each.name: each for each in state.operations}
    return replace(state, operations=tuple(operations[name] for name in sorted(operations)))


def _entries(data: object, name: str) -> list[Mapping[str, Any]]:
    return [each for each in list_of(data) if isinstance(each, Mapping) and text_of(each.get(name))]


def _done(data: Mapping[str, Any]) -> Done:
    return Done(
        namespace=text_of(data.get("namespace")),
        pod=text_of(data.get("pod")),
        uid=text_of(data.get("uid")),
        container=text_of(data.get("container")),
        at=time_or_past(data.get("at")) or LONG_PAST,
    )


def _done_status(done: Done) -> dict[str, str]:
    return {
        "namespace": done.namespace,
        "pod": done.pod,
        "uid": done.uid,
        **({"container": done.container} if done.container else {}),
        "at": print_time(done.at),
    }


def _pod(data: Mapping[str, Any]) -> SessionPod:
    namespace, name, uid, node, phase = (
        text_of(data.get(each)) for each in ("namespace", "name", "uid", "node", "phase")
    )
    return SessionPod(namespace, name, uid, node, phase, is_ready=data.get("ready") is True)


def _pod_status(pod: SessionPod) -> dict[str, Any]:
    return {
        "namespace": pod.namespace,
        "name": pod.name,
        "uid": pod.uid,
        **({"node": pod.node} if pod.node else {}),
        **({"phase": pod.phase} if pod.phase else {}),
        "ready": pod.is_ready,
    }


def _remains(data: Mapping[str, Any]) -> Remains:
    namespace, pod, uid, container = (text_of(data.get(each)) for each in ("namespace", "pod", "uid", "container"))
    stated = text_of(data.get("state"))
    state = Remaining(stated) if stated in set(Remaining) else Remaining.STILL_THERE
    return Remains(namespace, pod, uid, container, state, time_or_past(data.get("since")) or LONG_PAST)


def _remains_status(remains: Remains) -> dict[str, str]:
    return {
        "namespace": remains.namespace,
        "pod": remains.pod,
        "uid": remains.uid,
        "container": remains.container,
        "state": remains.state.value,
        "since": print_time(remains.since),
    }
