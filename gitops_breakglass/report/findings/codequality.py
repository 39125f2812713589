"""Findings as a code quality report of GitLab, which shows them in the merge request."""

from __future__ import annotations

from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.report.findings.as_json import dumped
from gitops_breakglass.report.findings.fingerprint import fingerprinted
from gitops_breakglass.report.findings.told import Told
from gitops_breakglass.report.terminal import printable

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def told_for_gitlab(told: Told) -> str:
    """Return a JSON list with an issue for each finding; a finding about a whole file is at its first line."""
    return dumped([_issue(finding, fingerprint) for finding, fingerprint in fingerprinted(told)])


def _issue(finding: Finding, fingerprint: str) -> dict[str, object]:
    message, hint = printable(finding.message), printable(finding.hint or "")
    return {
        "description": f"{message} (hint: {hint})" if hint else message,
        "check_name": finding.rule,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": finding.location.path, "lines": {"begin": finding.location.line or 1}},
    }
