"""The ledger as text and as JSON: whether it holds, and what it tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from gitops_breakglass.model.ledger import Episode, LedgerReport, Line
from gitops_breakglass.model.window import print_duration
from gitops_breakglass.report.findings.as_json import compact, dumped, finding_json
from gitops_breakglass.report.findings.text import as_text
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.words import approved_by, many, moment

_FRACTION = re.compile(r"\.\d+Z\Z")
UNSEEN = (
    "What no anchor from outside covers can't be seen: entries cut off at the end, or a ledger that whoever has the"
    " reconciler's key wrote anew. Keep the head, or an export, where they can't write."
)


def verify_as_text(reports: Sequence[LedgerReport]) -> str:
    """Return a block per ledger, and in the last line what could not be seen."""
    lines: list[str] = []
    for report in reports:
        lines += _lines(report)
    return "".join(f"{line}\n" for line in [*lines, UNSEEN])


def verify_as_json(reports: Sequence[LedgerReport]) -> str:
    """Return the same as JSON; its schema is schemas/output/ledger.schema.json."""
    ledgers = [
        {
            "source": report.source,
            "unreachable": report.unreachable,
            "entries": len(report.verdict.entries) if report.verdict else 0,
            "head": asdict(report.verdict.head) if report.verdict and report.verdict.head.sequence else None,
            "anchors": [asdict(each) for each in report.anchors],
            "notes": list(report.notes),
            "findings": [finding_json(each) for each in report.verdict.findings] if report.verdict else [],
        }
        for report in reports
    ]
    return dumped({"version": 1, "ledgers": ledgers, "unseen": UNSEEN}, sort_keys=True)


def show_as_text(told: Sequence[Episode]) -> str:
    """Return a table: who, what, from whom approved, when, and how late it ended."""
    head = ("REQUEST", "WHO", "WHAT", "APPROVED BY", "DECIDED", "GRANTED", "ENDED", "WHY", "LAG")
    rows = [head, *(row for each in told for row in (_row(each), *_window_rows(each)))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "".join("  ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in rows)


def show_as_json(told: Sequence[Episode]) -> str:
    """Return the same as JSON; its schema is schemas/output/ledger-requests.schema.json."""
    requests = [
        {
            "request": each.request,
            "outcome": each.outcome,
            "who": each.who,
            "source": each.source,
            "approvers": list(each.approvers),
            "mergedBy": each.merged_by or None,
            "decidedAt": each.decided_at,
            "grantedAt": each.granted_at,
            "endedAt": each.ended_at,
            "why": each.why,
            "lagSeconds": each.lag,
            "reasons": list(each.reasons),
            "windows": [
                {
                    "start": window.start,
                    "end": window.end,
                    "grantedAt": window.granted_at,
                    "endedAt": window.ended_at,
                    "why": window.why,
                    "lagSeconds": window.lag,
                }
                for window in each.windows
            ],
        }
        for each in told
    ]
    return dumped({"version": 1, "requests": requests}, sort_keys=True)


def exported(lines: Sequence[Line]) -> str:
    """Return a line of JSON for each entry: the signed text as it lies there, with key and signature."""
    return "".join(
        compact(
            {
                "payloadType": line.envelope.payload_type,
                "payload": line.envelope.payload,
                "key": line.envelope.key,
                "signature": line.envelope.signature,
            }
        )
        for line in lines
        if line.envelope is not None
    )


def _lines(report: LedgerReport) -> list[str]:
    source, verdict = printable(report.source), report.verdict
    if verdict is None:
        return [source, f"  unreachable, so unknown: {printable(report.unreachable or '')}"]
    lines = [source, *(f"  {line}" for line in as_text(verdict.findings).splitlines())]
    lines += [f"  note: {printable(note)}" for note in report.notes]
    if verdict.entries:
        first, last = verdict.entries[0].at, verdict.entries[-1].at
        lines.append(f"  {_entries(len(verdict.entries))} from {moment(first)} to {moment(last)}")
        lines.append(f"  head {verdict.head}")
    else:
        lines.append("  no entries")
    if report.anchors:
        lines.append(f"  held against {many(len(report.anchors), 'anchor')} from outside")
    lines.append(f"  {many(len(verdict.findings), 'finding')}" if verdict.findings else "  it holds")
    return lines


def _entries(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"


def _row(told: Episode) -> tuple[str, ...]:
    approved = approved_by(told.approvers, told.merged_by) if told.outcome == "granted" else ", ".join(told.approvers)
    why = told.why if told.outcome != "denied" else f"denied: {told.reasons[0] if told.reasons else ''}"
    times = (_second(told.decided_at), _second(told.granted_at), _second(told.ended_at))
    cells = (told.request, told.who, told.source, approved, *times, why, _lag(told.lag))
    return tuple(printable(each or "-") for each in cells)


def _window_rows(told: Episode) -> list[tuple[str, ...]]:
    """Return a row for each window of recurring access, below its request's."""
    rows = []
    for each in told.windows:
        what = f"{_second(each.start)} to {_second(each.end)}"
        times = (_second(each.granted_at), _second(each.ended_at))
        cells = (told.request, "", what, "", "", *times, each.why, _lag(each.lag))
        rows.append(tuple(printable(cell or "-") for cell in cells))
    return rows


def _lag(seconds: float | None) -> str:
    return "" if seconds is None else print_duration(timedelta(seconds=seconds))


def _second(at: str | None) -> str:
    """Return a time of an entry without parts of a second, which nobody compares by eye; JSON has them."""
    return _FRACTION.sub("Z", at or "")
