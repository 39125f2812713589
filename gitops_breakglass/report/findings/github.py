"""Findings as workflow commands of GitHub Actions, which show them beside the changed lines."""

from __future__ import annotations

from collections import Counter

from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.report.findings.text import finding_lines
from gitops_breakglass.report.findings.told import Told
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.words import many

MOST = 10
"""Annotations of one type that GitHub shows for a step; it drops the rest without a word."""
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def told_for_github(told: Told) -> str:
    """Return a command for each finding that can be shown, errors first; the others as text, and a notice of how many."""
    room = Counter({Severity.ERROR: MOST, Severity.WARNING: MOST, Severity.NOTE: MOST})
    if any(told.count(severity) > MOST for severity in Severity):
        room[Severity.NOTE] -= 1  # the notice below is one, too
    commands, rest = [], []
    for finding in told.by_weight():
        if room[finding.severity] > 0:
            room[finding.severity] -= 1
            commands.append(_command(finding))
        else:
            rest.append(finding)
    if rest:
        left = f"{many(len(rest), 'more finding')} in the log of this step: GitHub shows {MOST} of a type"
        commands.append(f"::notice title=gitops-breakglass check::{data(left)}")
        commands += [line for finding in rest for line in finding_lines(finding, told.lines)]
    return "".join(f"{line}\n" for line in commands)


def _command(finding: Finding) -> str:
    location = finding.location
    properties = [("file", location.path)]
    if location.line:
        properties.append(("line", str(location.line)))
    if location.column:
        properties.append(("col", str(location.column)))
    properties.append(("title", finding.rule))
    said = ",".join(f"{name}={_property(value)}" for name, value in properties)
    # The log shows the words only, so the place is among them.
    words = f"{printable(str(location))}: {printable(finding.message)}"
    if finding.hint:
        words += f"\nhint: {printable(finding.hint)}"
    return f"::{_COMMANDS[finding.severity]} {said}::{data(words)}"


def data(text: str) -> str:
    """Return what stands behind the last colons of a command, on one line."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return data(printable(text)).replace(":", "%3A").replace(",", "%2C")
