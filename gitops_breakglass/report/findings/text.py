"""Findings as text for people: the place, the rule, the line with a mark below the word, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.report.findings.excerpt import excerpt
from gitops_breakglass.report.findings.told import Lines, Told, no_source
from gitops_breakglass.report.terminal import NO_PAINT, Paint, Style, printable
from gitops_breakglass.report.words import many

_STYLES = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING, Severity.NOTE: Style.NOTE}


def as_text(findings: Sequence[Finding]) -> str:
    """Return `path:line:column: severity[rule] message` for each finding; the empty string for none."""
    return told_as_text(Told(findings, source=no_source))


def told_as_text(told: Told, paint: Paint = NO_PAINT) -> str:
    """Return the same, with the source line of each place."""
    return "".join(f"{line}\n" for finding in told.findings for line in finding_lines(finding, told.lines, paint))


def summary(told: Told) -> str:
    """Return one sentence: what was looked at, and how many findings of each severity there are."""
    looked = f"{many(told.requests, 'request')} and {many(told.documents, 'policy document')} checked"
    return f"{looked}: {told.counts() or 'nothing to report'}"


def explain(told: Told) -> str:
    """Return the line with the command that explains the rules which the findings are by; the empty string for none.

    What only a forge can tell has no rule, but a section in the documentation.
    """
    found = {finding.rule for finding in told.findings}
    ids = sorted(found.intersection(told.pages()) if found else (), key=str.casefold)
    return f"explain: gitops-breakglass rules {' '.join(ids)}\n" if ids else ""


def finding_lines(finding: Finding, lines: Lines, paint: Paint = NO_PAINT) -> Iterator[str]:
    """Yield what is told of one finding; every line is safe for a terminal."""
    place = paint(printable(str(finding.location)), Style.PLACE)
    what = paint(f"{finding.severity}[{finding.rule}]", _STYLES[finding.severity])
    yield f"{place}: {what} {printable(finding.message)}"
    line = lines.at(finding.location)
    if line is not None and line.strip():
        shown = excerpt(line, finding.location.column)
        number = str(finding.location.line)
        yield f"  {paint(f'{number} |', Style.FAINT)} {shown.line}"
        if shown.mark:
            margin = paint(f"{' ' * len(number)} |", Style.FAINT)
            space = len(shown.mark) - len(shown.mark.lstrip())
            yield f"  {margin} {shown.mark[:space]}{paint(shown.mark[space:], _STYLES[finding.severity])}"
    if finding.hint:
        yield f"  {paint('hint:', Style.HINT)} {printable(finding.hint)}"
