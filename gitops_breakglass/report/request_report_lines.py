"""What is told of one request afterwards, as sections of lines: the same for a terminal and for a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from gitops_breakglass.core.request_report import OpenCall, RequestReport, UsedAgainst
from gitops_breakglass.model.grant import Record, ScopedRules
from gitops_breakglass.model.notice import Event
from gitops_breakglass.model.residue import Certainty, Left, Residue, Sort
from gitops_breakglass.model.window import print_duration
from gitops_breakglass.report.gate.lines import Section
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.words import many, moment, rule_lines

_MOST_RULES = 40
_MOST_POSSIBLE = 20
"""Lines of one sort that are only possible; JSON has all of them."""
_SORTS = {
    Sort.RBAC: "roles, bindings and ServiceAccounts",
    Sort.TOKENS: "tokens of ServiceAccounts",
    Sort.CERTIFICATES: "certificate requests",
    Sort.ADMISSION: "webhooks and admission policies",
    Sort.API: "custom kinds and aggregated APIs",
    Sort.WORKLOADS: "workloads",
    Sort.OTHER: "other objects",
}
NO_EVIDENCE = (
    "There is no evidence: no audit log of that time was read, and the record has none. What was used is not known,"
    " and nothing follows from that."
)
NO_SERVER = "This cluster is a folder of manifests, with no API server to ask what is left."


def title_of(report: RequestReport) -> str:
    """Return the line above everything else."""
    return printable(f"{report.statement.request}  {report.status.state}  as of {moment(report.at)}")


def sections_of(report: RequestReport) -> tuple[Section, ...]:
    """Return the sections in the order in which an auditor asks; every line is printable."""
    found = [
        Section("Decision", _printable(_decision(report))),
        Section("Time", _printable(_time(report))),
    ]
    if report.statement.outcome != "granted":
        return tuple(found)
    scopes = report.statement.scopes
    found += [
        Section("Granted", _printable(_scopes(scopes)) or ["nothing but what a debug session's template makes"]),
        Section("Used", _printable(used_lines(report.use))),
    ]
    if report.use and report.use.streams:
        ended = "when access ended" if report.record.ended_at else "now"
        found.append(Section(f"Open {ended}", _printable(map(stream_line, report.use.streams))))
    containers = (
        f"certain: container {each.container} of pod {each.namespace}/{each.pod}, which can't be taken out of it"
        for each in report.status.session.still_there
    )
    found.append(Section("Left on the cluster", _printable([*containers, *_left(report.residue)])))
    if report.residue is not None:
        found.append(Section("What can't be seen", _printable(report.residue.unseen)))
    return tuple(found)


def used_lines(use: UsedAgainst | None) -> Iterator[str]:
    """Yield what was used against what was granted, and what to ask for next time."""
    if use is None:
        yield NO_EVIDENCE
        return
    found = use.needed
    calls = f"{many(use.calls, 'call')}{f', of which admission refused {use.refused}' if use.refused else ''}"
    yield f"granted {many(found.granted, 'right')}, used {found.used} ({calls})"
    if found.scopes:
        yield "next time ask for this:"
        yield from (f"  {line}" for line in _scopes(found.scopes))
    yield f"source: {use.source}{_span(use.since, use.until)}"
    if use.unreadable:
        yield f"{many(use.unreadable, 'line')} of it {'is no event' if use.unreadable == 1 else 'are no events'} and {'was' if use.unreadable == 1 else 'were'} passed over"
    if use.is_partial:
        yield "access held at other times too, of which it tells nothing, so more rights may have been used"
    if use.is_cut:
        yield "the record keeps a bounded number of calls and there were more, so more rights may have been used"


def stream_line(call: OpenCall) -> str:
    """Return one call that goes on."""
    sent = f", sent by {call.by}" if call.by else ""
    return f"{call.user}: {call.what}, since {moment(call.since)}{sent}"


def could_not_end_at(record: Record) -> datetime | None:
    """Return when it was first noted that access could not be ended; None where it never was."""
    return min((each.at for each in record.told if each.occasion.event is Event.COULD_NOT_END), default=None)


def _decision(report: RequestReport) -> Iterator[str]:
    statement = report.statement
    evidence = statement.evidence
    subject = statement.subject
    if subject is not None:
        where = f"{subject.namespace}/" if subject.namespace else ""
        yield f"for {where}{subject.name} ({subject.kind}), as {evidence.get('source', '')}"
    if evidence.get("author"):
        yield f"asked for by {evidence['author']}, in {evidence.get('change', '')}"
    for each in statement.approvals:
        reason = f": {each['reason']}" if each["reason"] else ""
        yield f"approved by {each['person']} ({each.get('account', '')}) at {each['approvedAt']}{reason}"
    if statement.outcome == "granted" and not statement.approvals:
        merged = evidence.get("mergedBy")
        yield f"approved by nobody: none was asked for{f', and {merged} merged it' if merged else ''}"
    yield from (f"refused: {reason}" for reason in statement.reasons)
    yield f"{statement.outcome} at {moment(statement.decided_at)}, signed, SHA-256 {report.record.digest}"
    yield f"file {statement.path}, blob {statement.blob}, landed as {statement.landing}"
    if evidence.get("digest"):
        yield f"what was shown to approvers: SHA-256 {evidence['digest']}"


def _time(report: RequestReport) -> Iterator[str]:
    statement, record, status = report.statement, report.record, report.status
    for window in statement.windows:
        yield f"promised {moment(window.start)} to {moment(window.end)} ({print_duration(window.end - window.start)})"
    if statement.recurrence is not None:
        each = statement.recurrence
        begun = status.recurring.begun if status.recurring else 0
        length = print_duration(each.duration)
        yield f"promised windows of {length} by {each.cron} in {each.location}; {many(begun, 'window')} begun"
    if report.spans:
        first, last = report.spans[0], report.spans[-1]
        times = f", {len(report.spans)} times" if len(report.spans) > 1 else ""
        until = f" to {moment(last.end)}" if record.ended_at else ""
        yield f"held from {moment(first.start)}{until}{times}"
    lag = status.lag if status.recurring is None else status.recurring.last_lag
    if (since := could_not_end_at(record)) is not None:
        yield f"at {moment(since)} it could not be ended, and was tried again until it was"
    if record.ended_at is not None and report.spans:
        by = f" by {record.ended_by}" if record.ended_by else ""
        why = f": {record.ended_why}" if record.ended_why else ""
        late = "" if lag is None else f"; {lag:g} s after it was due"
        yield f"ended at {moment(record.ended_at)}{by}{why}{late}"
    elif report.spans:
        yield "it has not ended"
    elif statement.outcome == "granted":
        yield "access never held"
    yield from status.notes


def _scopes(scopes: Sequence[ScopedRules]) -> Iterator[str]:
    for scope in scopes:
        where = f"in namespace {scope.namespace}" if scope.namespace else "on the whole cluster"
        yield f"{where}, from {scope.source}:"
        yield from (f"  {line}" for line in rule_lines(scope.rules, _MOST_RULES))


def _left(residue: Residue | None) -> Iterator[str]:
    if residue is None:
        yield NO_SERVER
        return
    by_sort: Mapping[Sort, list[Left]] = {sort: [] for sort in Sort}
    for each in residue.left:
        by_sort[each.sort].append(each)
    for sort, found in by_sort.items():
        if found:
            yield f"{_SORTS[sort]}:"
            yield from (f"  {line}" for line in _of_sort(found))
    yield from residue.accounts
    yield from residue.tokens
    if residue.gone:
        yield f"{many(residue.gone, 'object')} that it made {'is' if residue.gone == 1 else 'are'} not there any more"
    if not residue.left:
        yield "nothing, as far as can be seen"


def _of_sort(found: Sequence[Left]) -> Iterator[str]:
    """Yield the lines of one sort; of what is only possible not more than can be read."""
    plain = [each for each in found if each.certainty is not Certainty.POSSIBLE]
    possible = [each for each in found if each.certainty is Certainty.POSSIBLE and not each.under]
    yield from (_line(each) for each in (*plain, *possible[:_MOST_POSSIBLE]))
    if (more := len(possible) - _MOST_POSSIBLE) > 0:
        yield f"possible: {more} more; --format json tells each"
    under = Counter(each.key.kind for each in found if each.certainty is Certainty.POSSIBLE and each.under)
    for kind, number in sorted(under.items()):
        yield f"possible: {number} of kind {kind} that say a controller made them; --format json tells each"


def _line(left: Left) -> str:
    at = f" at {moment(left.at)}" if left.at else ""
    return f"{left.certainty}: {left.key}, {left.deed}{at} ({left.why})"


def _span(since: datetime | None, until: datetime | None) -> str:
    return f", from {moment(since)} to {moment(until)}" if since and until else ""


def _printable(lines: Iterable[str]) -> list[str]:
    return [printable(line) for line in lines]
