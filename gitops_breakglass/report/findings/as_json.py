"""Findings as JSON, in the form that schemas/output/findings.schema.json describes."""

from __future__ import annotations

import json
from typing import Any

from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.report.findings.told import Told

VERSION = 1
"""Rises when something that a reader may rely on changes."""


def told_as_json(told: Told) -> str:
    """Return one JSON object in ASCII, with a newline behind it; a line or column that is not known is null."""
    return dumped(
        {
            "version": VERSION,
            "findings": [{**finding_json(finding), "holdsBack": finding.holds_back} for finding in told.findings],
            "summary": {
                "requests": told.requests,
                "documents": told.documents,
                "errors": told.count(Severity.ERROR),
                "warnings": told.count(Severity.WARNING),
                "notes": told.count(Severity.NOTE),
            },
        }
    )


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


def dumped(data: Any, *, sort_keys: bool = False) -> str:
    """Return JSON in ASCII, ending in a newline, in which no runner finds a command."""
    return _without_commands(json.dumps(data, indent=2, ensure_ascii=True, sort_keys=sort_keys)) + "\n"


def compact(data: Any) -> str:
    """Return the same on one line."""
    return _without_commands(json.dumps(data, ensure_ascii=True, separators=(",", ":"))) + "\n"


def _without_commands(text: str) -> str:
    """Return JSON that says the same without `##`, which can only be within text."""
    return text.replace("##", "#\\u0023")
