"""The state of requests, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.model.status import ClusterStatus, RecurringStatus, RequestStatus
from gitops_breakglass.model.window import print_duration, print_time
from gitops_breakglass.report.findings.as_json import dumped, finding_json
from gitops_breakglass.report.findings.text import as_text
from gitops_breakglass.report.run_json import enforcement_json, heartbeat_json
from gitops_breakglass.report.run_text import enforcement_lines
from gitops_breakglass.report.session_state import session_json, session_lines
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.windows_json import window_json
from gitops_breakglass.report.words import approved_by, moment

_UNDECIDED = (
    ": if its file is merged, no run has decided it yet, and `gitops-breakglass plan` says what the next one would do"
)


def status_as_text(clusters: Sequence[ClusterStatus], proposed: Sequence[RequestStatus], *, only: str | None) -> str:
    """Return a block per cluster: what is proposed, then what was decided."""
    lines: list[str] = []
    for cluster in clusters:
        lines.append(f"{cluster.cluster}{f' at {moment(cluster.at)}' if cluster.at else ''}")
        if cluster.unreachable:
            lines.append(f"  unreachable, so unknown: {printable(cluster.unreachable)}")
        requests = [each for each in _of(cluster, proposed) if only in (None, each.name)]
        for request in requests:
            lines += _lines(request)
        if not requests and not cluster.unreachable:
            # Nor is anything known of what a record would be of: a file that was merged, and no run has come since.
            lines.append("  no requests" if only is None else f"  nothing is known of {printable(only)}{_UNDECIDED}")
        lines += [f"  {line}" for line in as_text(cluster.findings).splitlines()]
        lines += [f"  ! {printable(str(each))}" for each in cluster.actors if each.is_missing]
    return "".join(f"{line}\n" for line in lines)


def status_as_json(clusters: Sequence[ClusterStatus], proposed: Sequence[RequestStatus], *, only: str | None) -> str:
    """Return the same as JSON, versioned."""
    data = {
        "version": 1,
        "clusters": [
            {
                "name": cluster.cluster,
                "at": print_time(cluster.at) if cluster.at else None,
                "unreachable": cluster.unreachable,
                "requests": [_json(each) for each in _of(cluster, proposed) if only in (None, each.name)],
                "findings": [finding_json(each) for each in cluster.findings],
                "actors": [heartbeat_json(each) for each in cluster.actors],
            }
            for cluster in clusters
        ],
    }
    return dumped(data, sort_keys=True)


def _of(cluster: ClusterStatus, proposed: Sequence[RequestStatus]) -> list[RequestStatus]:
    return [*(each for each in proposed if each.cluster == cluster.cluster), *cluster.requests]


def _lines(request: RequestStatus) -> list[str]:
    who = f"  {printable(request.subject)}" if request.subject else ""
    lines = [f"  {printable(request.name)}  {request.state}{who}"]
    if request.window is not None:
        length = print_duration(request.window.end - request.window.start)
        lines.append(f"      {moment(request.window.start)} to {moment(request.window.end)} ({length})")
    if request.source:
        by = printable(approved_by(request.approvers, request.merged_by))
        lines.append(f"      {printable(request.source)}, approved by {by}")
    elif request.approvers:
        lines.append(f"      approved by {printable(', '.join(request.approvers))}")
    lines += _recurring_lines(request.recurring)
    # A request that was denied never began.
    if request.ended_at is not None and (request.window is not None or request.recurring is not None):
        left = "nothing of it gives access" if request.session.still_there else "nothing of it is left"
        lines.append(f"      ended at {moment(request.ended_at)}{_late(request.lag)}; {left}")
    lines += session_lines(request.session)
    lines += [f"      on the cluster: {printable(each)}" for each in request.live]
    lines += enforcement_lines(request.enforcement)
    return lines + [f"      {printable(note)}" for note in request.notes]


def _recurring_lines(recurring: RecurringStatus | None) -> list[str]:
    if recurring is None:
        return []
    most = f" of {recurring.of}" if recurring.of is not None else ""
    then = f"; the next at {moment(recurring.next.start)}" if recurring.next is not None else "; none comes after"
    have = "window has" if recurring.begun == 1 and not most else "windows have"
    lines = [f"      {recurring.begun}{most} {have} begun{then}"]
    if recurring.last is not None and recurring.last_ended_at is not None:
        ended = f"ended at {moment(recurring.last_ended_at)}{_late(recurring.last_lag)}"
        lines.append(f"      the window of {moment(recurring.last.start)} {ended}")
    return lines


def _late(lag: float | None) -> str:
    """Return how late something ended, where that is a second or more."""
    return f", {lag:.0f} s after it was due" if lag is not None and lag >= 1 else ""


def _recurring_json(recurring: RecurringStatus | None) -> dict[str, object] | None:
    if recurring is None:
        return None
    return {
        "begun": recurring.begun,
        "of": recurring.of,
        "next": window_json(recurring.next) if recurring.next else None,
        "last": window_json(recurring.last) if recurring.last else None,
        "lastEndedAt": print_time(recurring.last_ended_at) if recurring.last_ended_at else None,
        "lastLagSeconds": recurring.last_lag,
    }


def _json(request: RequestStatus) -> dict[str, object]:
    return {
        "name": request.name,
        "state": request.state,
        "subject": request.subject,
        "source": request.source,
        "approvers": list(request.approvers),
        "mergedBy": request.merged_by or None,
        "start": print_time(request.window.start) if request.window else None,
        "end": print_time(request.window.end) if request.window else None,
        "endedAt": print_time(request.ended_at) if request.ended_at else None,
        "lagSeconds": request.lag,
        "live": list(request.live),
        "notes": list(request.notes),
        "recurring": _recurring_json(request.recurring),
        "session": session_json(request.session),
        "denyPolicies": [enforcement_json(each) for each in request.enforcement],
    }
