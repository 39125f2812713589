"""The state of a request by its record, the clock and what is on its cluster: what `status` tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gitops_breakglass.core.occurrences import last_ended, open_keys, over_at
from gitops_breakglass.core.plan.ownership import is_grant_object, is_namespace, is_parameters
from gitops_breakglass.core.render.conditions import held_conditions
from gitops_breakglass.core.render.status import due_at, end_reason, read_enforcement, state_of
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.core.use.idle import REPORTED
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.kube import REQUEST, LiveObject, ObjectKey
from gitops_breakglass.model.recurrence import Course, Recurrence
from gitops_breakglass.model.status import RecurringStatus, RequestStatus
from gitops_breakglass.model.window import Window


def recorded_status(record: Record, objects: Sequence[LiveObject], cluster: str, now: datetime) -> RequestStatus:
    """Return the state of a request that a cluster has a record of; `objects` are all that is on the cluster."""
    there = [
        each.key
        for each in objects
        if is_grant_object(each) and not is_parameters(each.key) and each.labels.get(REQUEST) == record.request_uid
    ]
    live = tuple(map(str, there))
    statement = record.statement
    if statement is None:
        return RequestStatus(cluster, record.name, "NotBelieved", live=live, notes=(record.problem or "",))
    revoked = record.revoked_at is not None
    # Of what has ended no window counts that would have begun since.
    course = course_of(statement, min(now, record.ended_at or now))
    window = _window(statement, course, is_over=record.ended_at is not None)
    notes = list(statement.reasons)
    if record.is_idle:
        notes.append(f"ended early: {end_reason(record)}")
    elif revoked:
        notes.append("revoked")
    elif statement.outcome == "granted" and record.ended_at is not None and not course.is_over and record.ended_why:
        notes.append(f"ended early: {record.ended_why}")
    # A namespace may stay for others after the session that made it.
    is_overdue = _is_overdue(record, [key for key in there if not is_namespace(key)], window, now)
    if is_overdue:
        notes.append("OVERDUE: it should have ended")
    if failing := _failing(record, objects, now):
        notes.append(failing)
    notes += _use(record, now)
    return RequestStatus(
        cluster=cluster,
        name=statement.request.name,
        state=state_of(statement, now, ended=record.ended_at is not None, revoked=revoked, idle=record.is_idle),
        subject=statement.subject.name if statement.subject else "",
        source=str(statement.evidence.get("source", "")),
        approvers=tuple(str(each["person"]) for each in statement.approvals),
        merged_by=str(statement.evidence.get("mergedBy", "")),
        window=window,
        ended_at=record.ended_at,
        lag=_lag(record),
        live=live,
        is_overdue=is_overdue,
        enforcement=read_enforcement(record.live),
        notes=tuple(notes),
        recurring=_recurring(record, statement.recurrence, course) if statement.recurrence is not None else None,
        session=record.session,
    )


def _lag(record: Record) -> float | None:
    due = None if record.ended_at is None or not record.uids else due_at(record, record.ended_at)
    return None if due is None or record.ended_at is None else (record.ended_at - due).total_seconds()


def _failing(record: Record, objects: Sequence[LiveObject], now: datetime) -> str:
    """Return what the last run said of what fails, as the upstream resource has it."""
    for live in objects:
        if live.key.kind == "Breakglass" and live.labels.get(REQUEST) == record.request_uid and live.is_marked_ours:
            failed = held_conditions(live, now).get("Failed")
            if failed is not None and failed.status == "True":
                return f"{failed.reason}: {failed.message}"
    return ""


def _window(statement: Statement, course: Course, *, is_over: bool) -> Window | None:
    """Return the window to tell: of recurring access the one that is open, else the next, else the last."""
    if statement.recurrence is None:
        return course.latest or course.next
    return (course.open[-1] if course.open else None) or (None if is_over else course.next) or course.latest


def _use(record: Record, now: datetime) -> list[str]:
    """Return what the audit log says: when it was used last, and what goes on after its end."""
    use, ended_at = record.use, record.ended_at
    notes = [f"last used at {use.last:%Y-%m-%d %H:%M:%S} UTC"] if use.last is not None else []
    if use.since is not None and use.last is None:
        notes.append(f"not used since {use.since:%Y-%m-%d %H:%M:%S} UTC, as far as the audit log goes")
    if ended_at is not None and now - ended_at <= REPORTED:
        notes += [f"goes on after the end: {stream}" for stream in use.streams]
    return notes


def _is_overdue(record: Record, there: Sequence[ObjectKey], window: Window | None, now: datetime) -> bool:
    """Whether something that is there and gives access should have ended."""
    if record.statement is None or record.statement.recurrence is None:
        is_over = record.revoked_at is not None or (window is not None and window.end <= now)
        return bool(there) and is_over
    return not open_keys(over_at(record, now)).isdisjoint(there)


def _recurring(record: Record, recurrence: Recurrence, course: Course) -> RecurringStatus:
    last = last_ended(record.occurrences)
    goes_on = record.ended_at is None and record.revoked_at is None
    told = RecurringStatus(course.begun, recurrence.max_activations, course.next if goes_on else None)
    if last is None or last.ended_at is None:
        return told
    due = last.due_at(record.revoked_at)
    return replace(
        told,
        last=Window(last.start, max(last.start, last.end)),
        last_ended_at=last.ended_at,
        last_lag=None if due is None else (last.ended_at - due).total_seconds(),
    )
