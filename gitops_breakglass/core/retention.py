"""How long a session's own resource stays after its end; its record stays for good, so that its name is used once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from gitops_breakglass.core.plan.ownership import is_grant_object, is_namespace
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.kube import NAMESPACE, REQUEST, TELEKOM_API, LiveObject, ObjectKey
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.model.policy import Escalation
from gitops_breakglass.model.request import SessionRequest
from gitops_breakglass.model.window import LONGEST, parse_duration, print_duration

USUAL = timedelta(hours=720)
"""What upstream takes where `retainFor` is not set."""
_KINDS = frozenset({"BreakglassSession", "DebugSession"})
_LATEST_END = datetime.max.replace(tzinfo=UTC) - LONGEST
"""What a status gives as a later end is taken for this one: there has to be time left to add."""


def retention_of(request: SessionRequest, escalation: Escalation | None) -> timedelta:
    """Return how long: what the request says, and where the escalation says something, never longer than that."""
    said = [each for each in (request.retain_for, escalation.retain_for if escalation else None) if each is not None]
    return min(said, default=USUAL)


def retained_until(statement: Statement, ended_at: datetime) -> datetime:
    """Return when the resource of a session that ended then has to go."""
    return min(ended_at, _LATEST_END) + _retain_for(statement)


def outlived(objects: Sequence[LiveObject], records: Iterable[Record], now: datetime) -> tuple[Delete, ...]:
    """Return the resources of sessions whose time of keeping is over.

    Only those that a record lists, and only where every record about them says that access has ended and nothing that
    gives access is left.
    """
    # A namespace may stay for others.
    held = {live.labels[REQUEST] for live in objects if is_grant_object(live) and not is_namespace(live.key)}
    about: dict[ObjectKey, list[Record]] = {}
    for record in records:
        for key in record.inventory:
            about.setdefault(key, []).append(record)
    return tuple(
        Delete(live, live.labels.get(REQUEST, ""), f"the session is over, and was kept for {print_duration(kept)}")
        for live in objects
        if _is_session(live)
        and live.labels.get(REQUEST) not in held
        and (kept := _kept_for(about.get(live.key, ()), live, now)) is not None
    )


def _kept_for(records: Sequence[Record], live: LiveObject, now: datetime) -> timedelta | None:
    """Return for how long it was to be kept, where that time is over by every record about it."""
    kept = [_retain_for(record.statement) for record in records]
    over = [
        # Taken from now, since whoever writes a status may have written the last instant that there is.
        record.request_uid == live.labels.get(REQUEST) and record.ended_at is not None and record.ended_at <= now - each
        for record, each in zip(records, kept, strict=True)
    ]
    return max(kept) if over and all(over) else None


def _is_session(live: LiveObject) -> bool:
    key = live.key
    return live.is_marked_ours and (key.api_version, key.namespace) == (TELEKOM_API, NAMESPACE) and key.kind in _KINDS


def _retain_for(statement: Statement | None) -> timedelta:
    """Return how long a decision has its resource stay; an older one does not say, and what nobody signed may say anything."""
    try:
        return parse_duration(str(statement.spec.get("retainFor", ""))) if statement else USUAL
    except ValueError:
        return USUAL
