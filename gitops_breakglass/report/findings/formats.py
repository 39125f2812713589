"""The formats that findings can be told in, by the names that options have for them."""

from __future__ import annotations

from enum import StrEnum

from gitops_breakglass.report.findings.told import Told
from gitops_breakglass.report.terminal import NO_PAINT, Paint


class Format(StrEnum):
    """A form that somebody or something reads."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"
    GITLAB = "gitlab-codequality"
    JUNIT = "junit"
    MARKDOWN = "markdown"


def written(form: Format, told: Told, paint: Paint = NO_PAINT) -> str:
    """Return the report in one format, ending in a newline if there is anything in it; only text has colours."""
    # One format is asked for, so one is imported.
    match form:
        case Format.TEXT:
            from gitops_breakglass.report.findings.text import told_as_text

            return told_as_text(told, paint)
        case Format.JSON:
            from gitops_breakglass.report.findings.as_json import told_as_json

            return told_as_json(told)
        case Format.GITHUB:
            from gitops_breakglass.report.findings.github import told_for_github

            return told_for_github(told)
        case Format.SARIF:
            from gitops_breakglass.report.findings.sarif import told_as_sarif

            return told_as_sarif(told)
        case Format.GITLAB:
            from gitops_breakglass.report.findings.codequality import told_for_gitlab

            return told_for_gitlab(told)
        case Format.JUNIT:
            from gitops_breakglass.report.findings.junit import told_as_junit

            return told_as_junit(told)
        case Format.MARKDOWN:
            from gitops_breakglass.report.findings.markdown import told_as_markdown

            return told_as_markdown(told)
