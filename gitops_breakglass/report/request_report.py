"""What is told of one request afterwards, as text, as a Markdown page, and as what closes its change."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.request_report import RequestReport, used_by_record
from gitops_breakglass.model.grant import Record
from gitops_breakglass.report.findings.markdown import LONGEST, code
from gitops_breakglass.report.gate.lines import Section
from gitops_breakglass.report.gate.markdown import section_as_markdown
from gitops_breakglass.report.request_report_lines import sections_of, stream_line, title_of, used_lines
from gitops_breakglass.report.terminal import printable

_FOR_WHAT_WAS_CUT = 200
_LEAST = 2_000
"""Characters below which no other section is begun."""


def report_as_text(report: RequestReport) -> str:
    """Return the title, and each section with its lines below it."""
    lines = [title_of(report)]
    for section in sections_of(report):
        lines += [f"  {section.title}", *(f"    {line}" for line in section.lines)]
    return "".join(f"{line}\n" for line in lines)


def report_as_markdown(report: RequestReport) -> str:
    """Return the title and the sections as a page of Markdown; what others may have written stands in code, where nothing of it has a meaning."""
    return _page(f"### gitops-breakglass report: {code(str(report.statement.request))}\n", sections_of(report))


def closing_summary(record: Record) -> str:
    """Return lines that close the change of a grant that has ended: what was used of it, and what to ask for next time.

    They say nothing of the end itself, which whoever tells of it knows. Empty where the record has no evidence of use, or
    the grant had no rules of its own to ask for less of. Every line is printable.
    """
    use = used_by_record(record)
    if use is None or not use.needed.granted:
        return ""
    lines = list(used_lines(use))
    if use.streams:
        lines.append("open when access ended; Kubernetes lets such a call go on until it is over:")
        lines += [f"  {stream_line(each)}" for each in use.streams]
    return "\n".join(map(printable, lines))


def _page(head: str, sections: Sequence[Section]) -> str:
    parts, room = [head], LONGEST - len(head) - _FOR_WHAT_WAS_CUT
    for number, section in enumerate(sections):
        if room < _LEAST:
            parts.append(f"\n…and {len(sections) - number} more, which would make this too long.\n")
            break
        parts.append(section_as_markdown(section, room))
        room -= len(parts[-1])
    return "".join(parts)
