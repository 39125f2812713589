"""Findings as JUnit XML: a test case for each file that was checked, which fails where the file has an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from gitops_breakglass.model.finding import Finding
from gitops_breakglass.report.findings.text import finding_lines
from gitops_breakglass.report.findings.told import Lines, Told
from gitops_breakglass.report.terminal import printable

_SUITE = "gitops-breakglass check"


def told_as_junit(told: Told) -> str:
    """Return one suite; what is no error is in the output of its file's case, and fails nothing."""
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in told.findings:
        by_file[finding.location.path].append(finding)
    files = sorted({*told.files, *by_file})
    failed = sum(any(finding.is_error for finding in found) for found in by_file.values())
    counts = f'tests="{len(files)}" failures="{failed}" errors="0"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="{_SUITE}" {counts}>']
    lines.append(f'  <testsuite name="{_SUITE}" {counts} skipped="0">')
    for file in files:
        lines += _case(file, by_file.get(file, ()), told.lines)
    return "".join(f"{line}\n" for line in (*lines, "  </testsuite>", "</testsuites>"))


def _case(file: str, findings: Sequence[Finding], lines: Lines) -> Iterator[str]:
    name = quoteattr(printable(file))
    errors = [finding for finding in findings if finding.is_error]
    others = [finding for finding in findings if not finding.is_error]
    if not findings:
        yield f'    <testcase classname="{_SUITE}" name={name}/>'
        return
    yield f'    <testcase classname="{_SUITE}" name={name}>'
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        message = quoteattr(printable(errors[0].message) + more)
        kind = quoteattr(errors[0].rule)
        yield f"      <failure type={kind} message={message}>{_text(errors, lines)}</failure>"
    if others:
        yield f"      <system-out>{_text(others, lines)}</system-out>"
    yield "    </testcase>"


def _text(findings: Sequence[Finding], lines: Lines) -> str:
    """Return what a terminal would show; `printable` leaves no character that XML forbids."""
    return escape("".join(f"{line}\n" for finding in findings for line in finding_lines(finding, lines)))
