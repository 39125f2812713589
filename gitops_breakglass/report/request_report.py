"""What is told of one request afterwards, as text, as a Markdown page, and as what closes its change."""

from __future__ import annotations

from gitops_breakglass.core.request_report import RequestReport, used_by_record
from gitops_breakglass.model.grant import Record
from gitops_breakglass.report.findings.markdown import code
from gitops_breakglass.report.gate.markdown import page_as_markdown
from gitops_breakglass.report.request_report_lines import sections_of, stream_line, title_of, used_lines
from gitops_breakglass.report.terminal import printable


def report_as_text(report: RequestReport) -> str:
    """Return the title, and each section with its lines below it."""
    lines = [title_of(report)]
    for section in sections_of(report):
        lines += [f"  {section.title}", *(f"    {line}" for line in section.lines)]
    return "".join(f"{line}\n" for line in lines)


def report_as_markdown(report: RequestReport) -> str:
    """Return the title and the sections as a page of Markdown; what others may have written stands in code, where nothing of it has a meaning."""
    return page_as_markdown(
        f"### gitops-breakglass report: {code(str(report.statement.request))}\n", sections_of(report)
    )


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
