"""The state of a request, derived from its signed decision, the clock and what is known to have ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gitops_breakglass.core.render.around import Around
from gitops_breakglass.core.render.breakglass_status import breakglass_status
from gitops_breakglass.core.render.debug_status import debug_status
from gitops_breakglass.core.retention import retained_until
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.enforcement import Enforcement, Means
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.window import print_time

IDLE_EXPIRED = "IdleExpired"
TAKEN = "denyPolicies"
"""Where a signed decision says what deny policies took from it."""


def state_of(statement: Statement, now: datetime, *, ended: bool, revoked: bool, idle: bool = False) -> str:
    """Return the state in the words of the session's reference: Approved, WaitingForScheduledTime, Expired, Rejected.

    It is IdleExpired where it ended because nobody used it.
    """
    if statement.outcome == "denied":
        return "Rejected"
    if idle:
        return IDLE_EXPIRED
    course = course_of(statement, now)
    if ended or revoked or course.is_over:
        return "Expired"
    if course.open:
        return "Approved"
    return "WaitingForScheduledTime"


def resource_status(record: Record, now: datetime, *, live: LiveObject, around: Around) -> dict[str, Any]:
    """Return the whole status of the upstream resource `live`; as it is, where nothing was granted."""
    statement, ended_at = record.statement, around.ended_at
    found = live.manifest.get("status")
    before = dict(found) if isinstance(found, Mapping) else {}
    if statement is None or statement.outcome != "granted":
        return before
    if statement.kind == "Breakglass":
        return breakglass_status(statement, record, now, live=live, around=around)
    if statement.kind == "DebugSession":
        return debug_status(statement, record, now, live=live, around=around)
    revoked = record.revoked_at is not None
    state = state_of(statement, now, ended=ended_at is not None, revoked=revoked, idle=record.is_idle)
    status = _session_status(statement, record, state)
    if ended_at is not None:
        status["retainedUntil"] = print_time(retained_until(statement, ended_at))
    return before | status


def record_status(record: Record, now: datetime, *, ended_at: datetime | None) -> dict[str, Any]:
    """Return the state part of a record's own status."""
    statement = record.statement
    if statement is None:
        return {}
    revoked = record.revoked_at is not None
    status: dict[str, Any] = {
        "state": state_of(statement, now, ended=ended_at is not None, revoked=revoked, idle=record.is_idle)
    }
    course = course_of(statement, now)
    if (window := course.latest or course.next) is not None:
        status["grantedAt"] = print_time(window.start)
        status["expiresAt"] = print_time(window.end)
    if statement.reasons:
        status["message"] = "; ".join(statement.reasons)
    if ended_at is not None:
        status["endedAt"] = print_time(ended_at)
    return status


def due_at(record: Record, ended_at: datetime) -> datetime | None:
    """Return when a grant that had ended then was due to end; None where it ended before anything but git said so."""
    statement = record.statement
    if statement is None or statement.outcome != "granted":
        return None
    latest = course_of(statement, ended_at).latest if statement.recurrence is not None else None
    last = statement.expires_at if latest is None else latest.end
    ends = [end for end in (last, record.revoked_at) if end is not None]
    # A revocation whose time can't be read counts as long past, which is no time to be late since.
    return min((end for end in ends if statement.decided_at <= end <= ended_at), default=None)


def end_reason(record: Record) -> str:
    """Return why a grant ended for which nobody says more."""
    if record.is_idle:
        return "it was not used for as long as its idle timeout"
    return "its window ended" if record.revoked_at is None else "it was revoked"


def enforcement_status(enforcement: Sequence[Enforcement]) -> list[dict[str, str | bool]]:
    """Return how deny policies are enforced, as the record's status keeps it."""
    return [
        {"policy": each.policy, "means": each.means.value, "what": each.what, "exact": each.exact}
        for each in enforcement
    ]


def taken_from(statement: Statement) -> tuple[Enforcement, ...]:
    """Return what deny policies had taken from a grant when it was decided, as the signed decision has it."""
    return _enforcement(statement.evidence.get(TAKEN))


def read_enforcement(live: LiveObject) -> tuple[Enforcement, ...]:
    """Return what a record's status says of it, for telling only; what can't be read is left out."""
    status = live.manifest.get("status")
    return _enforcement(status.get("denyPolicies") if isinstance(status, Mapping) else None)


def _enforcement(entries: object) -> tuple[Enforcement, ...]:
    found = []
    for each in entries if isinstance(entries, list) else ():
        if isinstance(each, Mapping) and each.get("means") in set(Means):
            words = [str(each.get(name, "")) for name in ("policy", "what")]
            found.append(Enforcement(words[0], Means(each["means"]), words[1], bool(each.get("exact"))))
    return tuple(found)


def _session_status(statement: Statement, record: Record, state: str) -> dict[str, Any]:
    approvals = statement.approvals
    window = statement.windows[0]
    status: dict[str, Any] = {
        "state": state,
        "expiresAt": print_time(window.end),
        "approvers": [each["person"] for each in approvals],
    }
    if approvals:
        status["approver"] = approvals[0]["person"]
        status["approvedAt"] = approvals[0]["approvedAt"]
        if approvals[0]["reason"]:
            status["approvalReason"] = approvals[0]["reason"]
    if state != "WaitingForScheduledTime":
        status["actualStartTime"] = print_time(window.start)
    if record.use.last is not None:
        status["lastActivity"] = print_time(record.use.last)
        status["activityCount"] = record.use.calls
    if state == IDLE_EXPIRED:
        status["reasonEnded"] = "idleTimeout"
    elif state == "Expired":
        status["reasonEnded"] = "dropped" if record.revoked_at is not None else "timeExpired"
    return status
