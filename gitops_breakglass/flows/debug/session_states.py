"""How debug sessions stand after a run has acted, for their records: operations, pods, and what is not ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from gitops_breakglass.core.debug.now import SessionNow, session_now
from gitops_breakglass.core.debug.pods import Sight, injected_pod, pod_key
from gitops_breakglass.core.debug.readiness import awaited, container_not_ready, is_ready, why_not_ready
from gitops_breakglass.core.record_parts import mapping_of, text_of
from gitops_breakglass.core.record_session import with_done
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.flows.debug.session_sights import Sights
from gitops_breakglass.model.debug_grant import DebugGrant, Part
from gitops_breakglass.model.debug_state import Done, NotReady, SessionPod, SessionState
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import LiveObject


def session_states(records: Mapping[str, Record], sights: Sights) -> dict[str, SessionState]:
    """Return how each session stands whose window is open, by the uid of its request."""
    found = {}
    for uid, record in records.items():
        statement = record.statement
        if statement is None or statement.debug is None or record.revoked_at is not None or record.ended_at is not None:
            continue
        for window in course_of(statement, sights.state.now).open:
            sight = sights.of(uid, statement.debug, record)
            session = session_now(statement, window, record.digest, sight, sights.state.now)
            found[uid] = _state(statement.debug, session, sight, record, sights)
    return found


def _state(debug: DebugGrant, session: SessionNow, sight: Sight, record: Record, sights: Sights) -> SessionState:
    done = with_done(record.session, _done(debug, sight, sights))
    return replace(
        done,
        pods=tuple(_pod(each) for each in session.pods.pods),
        not_ready=tuple(_not_ready(debug, session, sight)),
    )


def _done(debug: DebugGrant, sight: Sight, sights: Sights) -> Iterable[Done]:
    at = sights.state.now
    for each in debug.objects:
        if each.part is Part.POD and (live := sight.own(each.key)) is not None:
            yield Done(each.key.namespace, each.key.name, live.uid, "", at)
    for injection in debug.injections:
        if (pod := injected_pod(injection, sight)) is not None:
            yield Done(injection.namespace, injection.pod, pod.uid, injection.name, at)


def _not_ready(debug: DebugGrant, session: SessionNow, sight: Sight) -> Iterable[NotReady]:
    having_pods = set(awaited(debug))
    for key in session.objects:
        live = sight.own(key)
        found = why_not_ready(key, live) if live is None or key in having_pods else None
        if found is not None:
            yield found
    for injection in debug.injections:
        key = pod_key(injection)
        found = container_not_ready(key, (sight.injected or {}).get(key), injection.name)
        if found is not None:
            yield found


def _pod(live: LiveObject) -> SessionPod:
    spec, status = mapping_of(live.manifest.get("spec")), mapping_of(live.manifest.get("status"))
    return SessionPod(
        live.key.namespace,
        live.key.name,
        live.uid,
        text_of(spec.get("nodeName")),
        text_of(status.get("phase")),
        is_ready=is_ready(live),
    )
