"""Findings as SARIF 2.1.0, the form that code scanning reads."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from gitops_breakglass import __version__
from gitops_breakglass.core.rule_page import RulePage
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.report.findings.as_json import dumped
from gitops_breakglass.report.findings.excerpt import length_at
from gitops_breakglass.report.findings.fingerprint import fingerprinted
from gitops_breakglass.report.findings.told import Told
from gitops_breakglass.report.rules import page_as_markdown
from gitops_breakglass.report.terminal import printable

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_ROOT = "%SRCROOT%"
_LINK = re.compile(r"\](?=\()")


def told_as_sarif(told: Told) -> str:
    """Return a log with one run: the rules that have findings, explained, and a result for each finding."""
    pages = told.pages()
    ids = sorted({finding.rule for finding in told.findings}, key=str.casefold)
    driver = {
        "name": "gitops-breakglass",
        "version": __version__,
        "informationUri": "https://gitops-breakglass.dev",
        "rules": [_rule(each, pages.get(each)) for each in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the access repository."}}},
        "invocations": [{"executionSuccessful": True}],
        "results": [_result(told, each, ids, fingerprint) for each, fingerprint in fingerprinted(told)],
    }
    return dumped({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: str, page: RulePage | None) -> dict[str, Any]:
    if page is None:
        return {"id": rule}
    return {
        "id": rule,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": page.why},
        "helpUri": page.address,
        "help": {"text": f"{page.why}\n\n{page.remedy}", "markdown": page_as_markdown(page)},
    }


def _result(told: Told, finding: Finding, ids: list[str], fingerprint: str) -> dict[str, Any]:
    text = printable(finding.message)
    if finding.hint:
        text += f"\nhint: {printable(finding.hint)}"
    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(finding.location.path, safe="/", errors="replace"), "uriBaseId": _ROOT}
    }
    if finding.location.line:
        place["region"] = _region(told, finding)
    return {
        "ruleId": finding.rule,
        "ruleIndex": ids.index(finding.rule),
        "level": _LEVELS[finding.severity],
        # `](` is all that makes a link of plain text, and a link is what a stranger's file must not make.
        "message": {"text": _LINK.sub("] ", text)},
        "locations": [{"physicalLocation": place}],
        # Not GitHub's own key, which its uploader computes in its own way.
        "partialFingerprints": {"gitopsBreakglass/v1": fingerprint},
    }


def _region(told: Told, finding: Finding) -> dict[str, Any]:
    location = finding.location
    region: dict[str, Any] = {"startLine": location.line}
    line = told.lines.at(location)
    if location.column:
        region["startColumn"] = location.column
    if location.column and line is not None and location.column <= len(line):
        region["endColumn"] = location.column + length_at(line, location.column - 1)
    return region
