"""What a debug session is to be on its cluster now: its objects, its containers, and the pods that it has rights on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gitops_breakglass.core.debug.marked_objects import end_of_object, session_objects
from gitops_breakglass.core.debug.pods import (
    NO_PODS,
    SessionPods,
    Sight,
    container_in,
    injected_pod,
    is_open,
    meant_uid,
    pod_key,
    pods_of,
)
from gitops_breakglass.model.debug_grant import Injection
from gitops_breakglass.model.debug_state import SessionState
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import Manifest, ObjectKey
from gitops_breakglass.model.plan import Conflict, Inject
from gitops_breakglass.model.window import Window

_WHY = "its window is open"


@dataclass(frozen=True)
class SessionNow:
    """`objects` in the order of their making."""

    objects: Mapping[ObjectKey, Manifest] = field(default_factory=dict)
    pods: SessionPods = NO_PODS
    injections: tuple[Inject, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def session_now(statement: Statement, window: Window, digest: str, sight: Sight, now: datetime) -> SessionNow:
    """Return what is wanted of a session in an open window; nothing where the statement is of none."""
    debug = statement.debug
    if debug is None:
        return SessionNow()
    ends = {each.key: end_of_object(each, window) for each in debug.objects}
    marked = session_objects(statement, window, digest)
    wanted = {key: manifest for key, manifest in marked.items() if ends[key] > now}
    due = [_due(each, statement.uid, sight) for each in debug.injections]
    return SessionNow(
        wanted,
        pods_of(debug, sight, wanted),
        tuple(each for each in due if isinstance(each, Inject)),
        tuple(each for each in due if isinstance(each, Conflict)),
    )


def _due(injection: Injection, uid: str, sight: Sight) -> Inject | Conflict | None:
    """Return what is to be done about one container, or why it can't be, or None where it is there.

    In a pod with a uid a container is added once: nothing takes it away again, so it is found there. A pod that has
    taken the place of the one that was meant is never touched; once the record has the operation, that is not told either.
    """
    key = pod_key(injection)
    name = f"container {injection.name}"
    if sight.injected is None or key not in sight.injected:
        return None
    pod = sight.injected[key]
    if _is_done(injection, sight.state) and (pod is None or pod.uid != meant_uid(injection, sight.state)):
        return None
    if pod is None:
        return Conflict(key, uid, f"it is not there, so {name} can't be added to it")
    if meant_uid(injection, sight.state) not in {"", pod.uid}:
        return Conflict(key, uid, f"another pod has taken its place, so {name} is not added to it")
    if container_in(pod, injection.name) is not None:
        if injected_pod(injection, sight) is None:
            return Conflict(key, uid, f"it holds {name}, which is not what was signed")
        return None
    if not is_open(pod):
        return Conflict(key, uid, f"it has finished or is about to go, so {name} is not added to it")
    return Inject(pod, injection.container, uid, _WHY)


def _is_done(injection: Injection, state: SessionState) -> bool:
    return (injection.namespace, injection.pod, injection.name) in {each.name for each in state.operations}
