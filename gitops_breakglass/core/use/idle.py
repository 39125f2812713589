"""When a grant has not been used for too long, and what of it goes on after its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.outcome import StillOpen
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.use import Use
from gitops_breakglass.model.window import parse_duration

_ESCALATION = "escalation/"
STALE = timedelta(minutes=10)
"""How far behind a source may be before that is told."""
REPORTED = timedelta(hours=24)
"""How long after an end what goes on is told: of a longer stream the log may not say any more that it ended."""


def idle_limit(statement: Statement, policy: PolicySide | None) -> timedelta | None:
    """Return after how long without use a session ends: what was signed, or less where the policy side says less by now."""
    limits = [_signed(statement), _now(statement, policy)]
    return min((limit for limit in limits if limit is not None), default=None)


def unused_for(record: Record, use: Use, policy: PolicySide | None, now: datetime) -> timedelta | None:
    """Return the idle timeout of a live session that has been seen unused for as long, else None.

    That takes a record in which an earlier run wrote what it saw: one that keeps nothing has forgotten the last use, too.
    """
    statement = record.statement
    if statement is None or record.revoked_at is not None or record.ended_at is not None or record.use.since is None:
        return None
    limit = idle_limit(statement, policy)
    window = course_of(statement, now).latest
    if limit is None or window is None or not window.contains(now):
        return None
    return limit if use.unused(max(window.start, statement.decided_at)) >= limit else None


def still_open(
    records: Mapping[str, Record], uses: Mapping[str, Use], ended: Mapping[str, datetime], now: datetime
) -> Iterable[StillOpen]:
    """Yield the calls that began under a grant which has ended, and whose own end has not been seen."""
    for uid, ended_at in ended.items():
        if uid in records and now - ended_at <= REPORTED:
            record = records[uid]
            pods = {(each.namespace, each.name) for each in record.session.pods}
            pods |= {(key.namespace, key.name) for key in record.uids if key.kind == "Pod"}
            for stream in uses.get(uid, record.use).streams:
                target = stream.target
                own = target.resource == "pods" and (target.namespace, target.name) in pods
                yield StillOpen(record.live.key, uid, stream, own_pod=own)


def _signed(statement: Statement) -> timedelta | None:
    text = statement.spec.get("idleTimeout")
    try:
        return parse_duration(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _now(statement: Statement, policy: PolicySide | None) -> timedelta | None:
    source = str(statement.evidence.get("source", ""))
    if policy is None or not source.startswith(_ESCALATION):
        return None
    escalation = policy.escalation(source.removeprefix(_ESCALATION))
    return escalation.idle_timeout if escalation is not None else None
