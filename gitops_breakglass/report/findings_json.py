"""Findings as JSON, in the form that schemas/output/findings.schema.json describes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.report.findings import count

VERSION = 1
"""Rises when something that a reader may rely on changes."""


def as_json(findings: Sequence[Finding], *, requests: int, documents: int) -> str:
    """Return one JSON object in ASCII, with a newline behind it; a line or column that is not known is null."""
    answer = {
        "version": VERSION,
        "findings": [finding_json(finding) for finding in findings],
        "summary": {
            "requests": requests,
            "documents": documents,
            "errors": count(findings, Severity.ERROR),
            "warnings": count(findings, Severity.WARNING),
            "notes": count(findings, Severity.NOTE),
        },
    }
    return json.dumps(answer, indent=2, ensure_ascii=True) + "\n"


def finding_json(finding: Finding) -> dict[str, str | int | None]:
    """Return one finding, in the form that every report has it in."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "message": finding.message,
        "hint": finding.hint,
        "path": finding.location.path,
        "line": finding.location.line or None,
        "column": finding.location.column or None,
    }
