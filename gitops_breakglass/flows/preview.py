"""Tells the next windows of a request: from its file, or from what was decided on it where a cluster knows that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gitops_breakglass.core.lone_request import NOWHERE, length_of, read_times
from gitops_breakglass.core.record import Verify
from gitops_breakglass.core.schedule.cron import ScheduleError
from gitops_breakglass.core.timing import Timing, decided_timing, timing_of
from gitops_breakglass.core.validate import Schemas
from gitops_breakglass.flows.book import read_book
from gitops_breakglass.flows.load import load_policy, parse_files
from gitops_breakglass.model.errors import BreakglassError, UsageError
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.request import DebugRequest, RequestId
from gitops_breakglass.ports import ClusterReader

if TYPE_CHECKING:
    from gitops_breakglass.ports import DocumentLoader


@dataclass(frozen=True)
class Previewed:
    """What a file comes to; no timing where its findings are errors."""

    timing: Timing | None
    findings: tuple[Finding, ...]


def preview_file(
    path: str,
    content: bytes,
    around: Mapping[str, bytes],
    *,
    loader: DocumentLoader,
    schemas: Schemas,
    at: datetime,
    count: int,
    cluster: str | None = None,
) -> Previewed:
    """Return the next windows of the request in a file, as if it were merged at that moment.

    `around` are the files of the repository that it lies in, none for one that lies in no such, and `cluster` the one whose
    requests lie there. Raises UsageError where nothing says how long it lasts.
    """
    (parsed,) = parse_files({path: content}, loader=loader)
    policy = load_policy(around, commit="", loader=loader, catalog=schemas)[0] if around else None
    policy = policy or NOWHERE
    read = read_times(parsed, policy, schemas=schemas, cluster=cluster)
    if read.value is None:
        return Previewed(None, read.findings)
    duration = length_of(read.value, policy)
    if duration is None:
        is_debug = isinstance(read.value, DebugRequest)
        source, field = ("template", "requestedDuration") if is_debug else ("escalation", "maxValidFor")
        raise UsageError(
            f"{path} does not say how long its access lasts, and the {source} that does is not known here",
            hint=f"write `{field}: 1h` into it, or run this in its access repository",
        )
    try:
        return Previewed(timing_of(read.value, duration, at, count), read.findings)
    except ScheduleError as error:
        raise UsageError(f"{path}: {error}", hint="`gitops-breakglass check` says more of it") from error


def preview_record(
    cluster: ClusterReader, request: RequestId, verify: Verify, *, at: datetime, count: int
) -> Timing | None:
    """Return the next windows of a request as they were decided; None where the cluster has no decision that holds.

    Raises BreakglassError where the cluster can't be read.
    """
    book = read_book(cluster.read(), cluster.name, verify)
    found = [each for each in book.records.values() if each.statement and each.statement.request == request]
    return _of_record(found[-1], at, count) if found else None


def _of_record(record: Record, at: datetime, count: int) -> Timing | None:
    statement = record.statement
    if statement is None:
        return None
    try:
        timing = decided_timing(statement, at, count)
    except ScheduleError as error:
        raise BreakglassError(str(error), hint="run this where its time zone is known") from error
    if statement.outcome == "denied":
        return replace(timing, notes=("it was denied", *statement.reasons))
    ends = [each for each in (record.revoked_at, record.ended_at) if each is not None]
    if ends and timing.outlook.stretches:
        nothing = replace(timing.outlook, stretches=(), occurrences=(), more=0, goes_on=False)
        return replace(timing, outlook=nothing, notes=("it was ended before its time",))
    return timing
