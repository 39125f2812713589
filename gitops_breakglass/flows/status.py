"""Each request's state: from the records on the clusters, and from the changes that are not merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gitops_breakglass.core.authorize.proposal import Proposal
from gitops_breakglass.core.occurrences import open_keys, over_at
from gitops_breakglass.core.plan.ownership import is_grant_object, is_parameters
from gitops_breakglass.core.record import Verify
from gitops_breakglass.core.render.conditions import held_conditions
from gitops_breakglass.core.render.status import due_at, read_enforcement, state_of
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.flows.book import read_book
from gitops_breakglass.flows.gate import gate
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.decision import Approval, Granted, Pending
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.kube import REQUEST, ObjectKey
from gitops_breakglass.model.recurrence import Course, Recurrence
from gitops_breakglass.model.status import ClusterStatus, RecurringStatus, RequestStatus
from gitops_breakglass.model.window import Window
from gitops_breakglass.ports import ClusterReader, ClusterState

_RECENT = timedelta(days=30)
"""How long a change that was closed without a merge is still told of."""


def cluster_status(cluster: ClusterReader, verify: Verify) -> ClusterStatus:
    """Return the state of every request that the cluster has a record of."""
    try:
        state = cluster.read()
        book = read_book(state, cluster.name, verify)
    except BreakglassError as error:
        return ClusterStatus(cluster.name, unreachable=error.message)
    requests = tuple(_recorded(record, state, cluster.name) for record in book.records.values())
    sights = book.checkpoint.sights if book.checkpoint else {}
    return ClusterStatus(cluster.name, state.now, tuple(sorted(requests, key=lambda each: each.name)), sights=sights)


def proposed_status(
    sources: Sources, clusters: Sequence[str], now: datetime, sights: Mapping[str, datetime]
) -> tuple[RequestStatus, ...]:
    """Return the state of every change that is not merged and asks for access to one of these clusters.

    Of those that were closed, it is those of the last thirty days.
    """
    found = []
    for name in sources.forge.unmerged(since=now - _RECENT):
        proposal = gate(sources, name, now=now, sights=sights)
        if proposal.request is None or proposal.request.cluster not in clusters:
            continue
        found.append(
            RequestStatus(
                proposal.request.cluster,
                proposal.request.name,
                proposal.state.state.value,
                subject=proposal.shown.subject.name if proposal.shown else "",
                approvers=tuple(each.person for each in _approvals(proposal)),
                notes=tuple(_notes(proposal)),
            )
        )
    return tuple(found)


def first_sights(clusters: Sequence[ClusterStatus]) -> Mapping[str, datetime]:
    """Return when each thing was first seen by a run on any of the clusters."""
    found: dict[str, datetime] = {}
    for cluster in clusters:
        for key, at in cluster.sights.items():
            found[key] = min(at, found.get(key, at))
    return found


def _approvals(proposal: Proposal) -> tuple[Approval, ...]:
    return proposal.decision.approvals if isinstance(proposal.decision, Pending) else ()


def _notes(proposal: Proposal) -> Iterator[str]:
    yield f"asked for in {proposal.change}"
    if proposal.state.why:
        yield proposal.state.why
    if proposal.is_open and not isinstance(proposal.decision, tuple | Granted):
        for reason in proposal.decision.reasons:
            if reason.message != proposal.state.why:
                yield f"{reason.rule}: {reason.message}"


def _lag(record: Record) -> float | None:
    due = None if record.ended_at is None or not record.uids else due_at(record, record.ended_at)
    return None if due is None or record.ended_at is None else (record.ended_at - due).total_seconds()


def _recorded(record: Record, state: ClusterState, cluster: str) -> RequestStatus:
    there = [
        each.key
        for each in state.objects
        if is_grant_object(each) and not is_parameters(each.key) and each.labels.get(REQUEST) == record.request_uid
    ]
    live = tuple(map(str, there))
    statement = record.statement
    if statement is None:
        return RequestStatus(cluster, record.name, "NotBelieved", live=live, notes=(record.problem or "",))
    revoked = record.revoked_at is not None
    approvals = statement.evidence.get("approvals")
    people = tuple(str(each["person"]) for each in approvals) if isinstance(approvals, list) else ()
    # Of what has ended no window counts that would have begun since.
    course = course_of(statement, min(state.now, record.ended_at or state.now))
    window = _window(statement, course)
    notes = list(statement.reasons)
    if revoked:
        notes.append("revoked")
    if _is_overdue(record, there, window, state.now):
        notes.append("OVERDUE: it should have ended")
    if failing := _failing(record, state):
        notes.append(failing)
    return RequestStatus(
        cluster=cluster,
        name=statement.request.name,
        state=state_of(statement, state.now, ended=record.ended_at is not None, revoked=revoked),
        subject=statement.subject.name if statement.subject else "",
        source=str(statement.evidence.get("source", "")),
        approvers=people,
        merged_by=str(statement.evidence.get("mergedBy", "")),
        window=window,
        ended_at=record.ended_at,
        lag=_lag(record),
        live=live,
        enforcement=read_enforcement(record.live),
        notes=tuple(notes),
        recurring=_recurring(record, statement.recurrence, course) if statement.recurrence is not None else None,
    )


def _failing(record: Record, state: ClusterState) -> str:
    """Return what the last run said of what fails, as the upstream resource has it."""
    for live in state.objects:
        if live.key.kind == "Breakglass" and live.labels.get(REQUEST) == record.request_uid and live.is_marked_ours:
            failed = held_conditions(live, state.now).get("Failed")
            if failed is not None and failed.status == "True":
                return f"{failed.reason}: {failed.message}"
    return ""


def _window(statement: Statement, course: Course) -> Window | None:
    """Return the window to tell: of recurring access the one that is open, else the next, else the last."""
    if statement.recurrence is None:
        return course.latest or course.next
    return (course.open[-1] if course.open else None) or course.next or course.latest


def _is_overdue(record: Record, there: Sequence[ObjectKey], window: Window | None, now: datetime) -> bool:
    """Whether something that is there and gives access should have ended."""
    if record.statement is None or record.statement.recurrence is None:
        return bool(there) and window is not None and window.end <= now
    return not open_keys(over_at(record, now)).isdisjoint(there)


def _recurring(record: Record, recurrence: Recurrence, course: Course) -> RecurringStatus:
    ended = [each for each in record.occurrences if each.ended_at is not None]
    last = max(ended, key=lambda each: each.end, default=None)
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
