"""What a report on findings is made from: the findings, how much was looked at, and the text that they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from gitops_breakglass.core.rule_page import RulePage
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.report.findings.excerpt import lines_of
from gitops_breakglass.report.words import many

Source: TypeAlias = Callable[[str], str | None]
"""The text of a file by its path, as it was read; None where there is none to show."""


def no_source(_path: str) -> None:
    """Stand where no text is at hand; then places are told without their lines."""


@dataclass(frozen=True)
class Told:
    """The findings in the order of their places, with what a format may want to say beside them."""

    findings: Sequence[Finding]
    requests: int = 0
    """How many request files were checked."""
    documents: int = 0
    """How many documents of the policy side were checked."""
    files: Sequence[str] = ()
    """The paths that were checked, those without findings too."""
    source: Source = no_source
    pages: Callable[[], Mapping[str, RulePage]] = field(default=dict)
    """What is known of each rule by its id; called by formats that explain."""

    @cached_property
    def lines(self) -> Lines:
        """The lines that findings are about."""
        return Lines(self.source)

    def count(self, severity: Severity) -> int:
        """Return how many findings have the severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def counts(self) -> str:
        """Return `2 errors, 1 warning`; the empty string for none."""
        return ", ".join(many(number, severity.value) for severity in Severity if (number := self.count(severity)))

    def by_weight(self) -> list[Finding]:
        """Return errors first, then warnings, then notes, each in the order of their places."""
        order = list(Severity)
        return sorted(self.findings, key=lambda finding: order.index(finding.severity))


class Lines:
    """Single lines of the files of a source. It keeps the lines of one file, since findings come file by file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._path: str | None = None
        self._lines: list[str] = []

    def at(self, location: Location) -> str | None:
        """Return the line of a place without its end; None for a whole file, or where there is no such line."""
        if not location.line:
            return None
        if location.path != self._path:
            self._path, self._lines = location.path, lines_of(self._source(location.path) or "")
        return self._lines[location.line - 1] if location.line <= len(self._lines) else None
