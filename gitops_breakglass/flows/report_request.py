"""What is told of one request afterwards: its record is read, its cluster looked over, the audit log held against both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from gitops_breakglass.core.record import Verify
from gitops_breakglass.core.request_report import (
    Log,
    RequestReport,
    bindings_of,
    opened,
    others_than,
    scene_of,
    spans_of,
    used_by_log,
    used_by_record,
)
from gitops_breakglass.core.request_status import recorded_status
from gitops_breakglass.core.residue.deeds import is_write
from gitops_breakglass.core.residue.residue import Looked, residue
from gitops_breakglass.core.residue.scene import SECOND
from gitops_breakglass.core.use.events import parse_line
from gitops_breakglass.flows.book import Book, read_book
from gitops_breakglass.model.errors import ForbiddenError, UsageError
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.use import Call, Unreadable
from gitops_breakglass.ports import ClusterReader, TraceReader


@dataclass(frozen=True)
class LogLines:
    """An audit log to be read: what people call it, and its events, one a line."""

    source: str
    lines: Iterable[bytes]


def report_request(
    cluster: ClusterReader, request: RequestId, verify: Verify, *, traces: TraceReader | None, log: LogLines | None
) -> RequestReport:
    """Return everything that can be told of a request; nothing is written anywhere.

    `traces` is None where there is no API server to look over. Raises UsageError where the cluster has no record of the
    request that is believed, UnreachableError or RefusedError where the records can't be read.
    """
    state = cluster.read()
    book = read_book(state, cluster.name, verify)
    record = _record(book, request)
    now = state.now
    read = None if log is None else read_log(log, record, now)
    by_log = None if read is None else used_by_log(record, read, now)
    spans = spans_of(record, now)
    report = RequestReport(
        at=now,
        record=record,
        status=recorded_status(record, state.objects, cluster.name, now),
        spans=spans,
        use=by_log or used_by_record(record),
        residue=None,
        silent_log=read.source if read and spans and by_log is None else "",
    )
    if traces is None:
        return report
    records = tuple(book.records.values())
    rbac = _rbac(cluster)
    met = traces.traces()
    looked = Looked(
        met,
        read.calls if read else None,
        read.since if read else None,
        read.until if read else None,
        rbac,
        None if rbac is None else others_than(record, rbac, records, now),
    )
    return replace(report, residue=residue(scene_of(record, records, now), looked), kinds=len(met.listed))


def read_log(log: LogLines, record: Record, now: datetime) -> Log:
    """Read a log, and keep of it the calls that the request's own bindings allowed, and whatever was written since it began."""
    bindings = bindings_of(record, now)
    begun = min((each.start for each in opened(record, now)), default=None)
    kept: list[Call] = []
    first: datetime | None = None
    last: datetime | None = None
    unreadable = 0
    for line in log.lines:
        found = parse_line(line)
        if isinstance(found, Unreadable):
            unreadable += 1
        elif found is not None:
            first = min(first or found.received, found.received)
            last = max(last or found.received, found.received)
            since_then = begun is not None and found.received >= begun - SECOND
            if since_then and (is_write(found) or (found.via is not None and found.via.binding in bindings)):
                kept.append(found)
    return Log(log.source, tuple(kept), first, last, unreadable)


def _record(book: Book, request: RequestId) -> Record:
    found = {
        each.statement.decided_at: each
        for each in book.records.values()
        if each.statement and each.statement.request == request
    }
    if not found:
        told = "; ".join(finding.message for finding in book.findings)
        raise UsageError(
            f"{request.cluster} has no record of {request}" + (f" that is believed: {told}" if told else ""),
            hint="`gitops-breakglass status` lists what there is; a change that was not merged has no record",
        )
    # A name is burned with its first use, so there is one; should there be more, the last decided is told of.
    return found[max(found)]


def _rbac(cluster: ClusterReader) -> Rbac | None:
    """Return every role and binding, or None where whoever asks may not list them: the report says that then."""
    try:
        return cluster.rbac()
    except ForbiddenError:
        return None
