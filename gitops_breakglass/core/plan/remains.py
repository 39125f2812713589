"""What ephemeral containers leave: which are looked at after their session's end, and how each stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from gitops_breakglass.core.debug.pods import container_in, controller_of, pod_key
from gitops_breakglass.core.plan.ends import record_is_over
from gitops_breakglass.model.debug_grant import Injection
from gitops_breakglass.model.debug_state import Done, Remaining, Remains, SessionState
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import PREFIX, LiveObject, ObjectKey

MOST = 50
"""Pods of sessions that have ended which one run looks at; the others come in later runs."""


@dataclass(frozen=True)
class Leftover:
    """One ephemeral container of a session that is over, whose pod is to be looked at."""

    record: Record
    injection: Injection
    done: Done | None
    """As the record has it; a run that was stopped may not have written it."""
    before: Remains | None
    """How it stood when it was looked at last."""

    @property
    def key(self) -> ObjectKey:
        """The pod's key."""
        return pod_key(self.injection)

    @property
    def uid(self) -> str:
        """The uid of the pod that the container was for."""
        return self.injection.pod_uid or (self.done.uid if self.done else "")

    def is_in(self, pod: LiveObject) -> bool:
        """Whether this is the pod, and it holds the container."""
        name = self.injection.name
        return self.uid in ("", pod.uid) and name.startswith(PREFIX) and container_in(pod, name) is not None


def leftovers(
    records: Iterable[Record], now: datetime, over: AbstractSet[str] = frozenset(), *, most: int = MOST
) -> tuple[Leftover, ...]:
    """Return what to look at: of sessions that end now all, and of those that ended what was still there.

    `over` are the uids of requests that ended before their time. Where more was still there than one run may look at, the
    minute says where it begins, so that each has its turn. What no record tells of yet is always looked at: it would not be
    asked for again.
    """
    found = [
        Leftover(record, injection, done.get(name), before.get(name))
        for record in records
        if _is_over(record, now, over)
        for done, before in (_told(record.session),)
        for injection in (record.statement.debug.injections if record.statement and record.statement.debug else ())
        for name in ((injection.namespace, injection.pod, injection.name),)
        if (before[name].is_there if name in before else record.ended_at is None)
    ]
    found.sort(key=lambda each: (each.record.name, each.key, each.injection.name))
    fresh = [each for each in found if each.before is None]
    known = [each for each in found if each.before is not None]
    first = int(now.timestamp() // 60) * most % len(known) if len(known) > most else 0
    return (*fresh, *(*known[first:], *known[:first])[:most])


def standing(each: Leftover, pod: LiveObject | None, now: datetime) -> Remains | None:
    """Return how a container stands, by its pod as it was just seen; None where it was never there."""
    if pod is not None and each.is_in(pod):
        leaves = pod.manifest["metadata"].get("deletionTimestamp") and each.injection.restart
        return told(each, Remaining.RESTARTING if leaves else Remaining.STILL_THERE, now, pod.uid)
    if each.before is None and each.done is None:
        return None
    restarted = each.before is not None and each.before.state is Remaining.RESTARTING
    return told(each, Remaining.RESTARTED if restarted else Remaining.GONE, now)


def told(each: Leftover, state: Remaining, now: datetime, uid: str = "") -> Remains:
    """Return the entry for a record: since when a container stands so, as far as it is known."""
    injection, before = each.injection, each.before
    since = before.since if before is not None and before.state is state else now
    kept = before.uid if before else ""
    return Remains(injection.namespace, injection.pod, uid or kept or each.uid, injection.name, state, since)


def is_to_restart(each: Leftover, pod: LiveObject) -> bool:
    """Whether the pod is to be deleted: its template says so, it still holds the container, and it will be made anew."""
    leaves = pod.manifest["metadata"].get("deletionTimestamp")
    return each.injection.restart and each.is_in(pod) and bool(controller_of(pod)) and not leaves


def with_remains(state: SessionState, remains: Iterable[Remains]) -> SessionState:
    """Return the state with these entries in the place of those about the same containers."""
    entries = {each.name: each for each in state.remains} | {each.name: each for each in remains}
    return replace(state, remains=tuple(entries[name] for name in sorted(entries)))


def _told(state: SessionState) -> tuple[Mapping[tuple[str, str, str], Done], Mapping[tuple[str, str, str], Remains]]:
    return {each.name: each for each in state.operations}, {each.name: each for each in state.remains}


def _is_over(record: Record, now: datetime, over: AbstractSet[str]) -> bool:
    statement = record.statement
    granted = statement is not None and statement.outcome == "granted"
    return granted and (record.ended_at is not None or record.request_uid in over or record_is_over(record, now))
