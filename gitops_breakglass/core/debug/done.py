"""What a debug session has done that is never done again, by what is seen of it on its cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from gitops_breakglass.core.record_session import with_done
from gitops_breakglass.model.debug_grant import Part
from gitops_breakglass.model.debug_state import Done, SessionState
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.window import parse_time


def pods_done(record: Record, lives: Iterable[LiveObject], now: datetime) -> tuple[Done, ...]:
    """Return the pods that were made by themselves, as copies or on nodes, of those that are or were there."""
    statement = record.statement
    debug = statement.debug if statement else None
    keys = {each.key for each in debug.objects if each.part is Part.POD} if debug else set()
    return tuple(
        Done(live.key.namespace, live.key.name, live.uid, "", _made_at(live, now)) for live in lives if live.key in keys
    )


def as_it_stands(
    record: Record, state: SessionState, lives: Iterable[LiveObject], now: datetime, *, ended: bool
) -> SessionState:
    """Return the state of a record's session with the pods that were made; one that has ended has no pods any more.

    `lives` are the objects of the session that are there, and those that were until just now.
    """
    state = with_done(state, pods_done(record, lives, now))
    return replace(state, pods=(), not_ready=()) if ended else state


def _made_at(live: LiveObject, now: datetime) -> datetime:
    try:
        return parse_time(str(live.manifest["metadata"].get("creationTimestamp", "")))
    except ValueError:
        return now
