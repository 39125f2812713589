"""Findings as text, one line each, the hint below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.report.terminal import printable


def as_text(findings: Sequence[Finding]) -> str:
    """Return `path:line:column: severity[rule] message` for each finding; the empty string for none."""
    return "".join(f"{line}\n" for finding in findings for line in _lines(finding))


def summary(findings: Sequence[Finding], *, requests: int, documents: int) -> str:
    """Return one sentence: what was looked at, and how many findings of each severity there are."""
    looked = f"{_many(requests, 'request')} and {_many(documents, 'policy document')} checked"
    counts = [_many(number, severity.value) for severity in Severity if (number := count(findings, severity))]
    return f"{looked}: {', '.join(counts) or 'nothing to report'}"


def count(findings: Sequence[Finding], severity: Severity) -> int:
    """Return how many findings have the severity."""
    return sum(finding.severity is severity for finding in findings)


def _lines(finding: Finding) -> Iterator[str]:
    place = printable(str(finding.location))
    yield f"{place}: {finding.severity}[{finding.rule}] {printable(finding.message)}"
    if finding.hint:
        yield f"  hint: {printable(finding.hint)}"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
