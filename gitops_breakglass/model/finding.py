"""Findings: what is wrong, where, by which rule, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs; only errors fail a check."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, order=True)
class Location:
    """A place in a file of the repository; line and column count from 1, 0 means the whole file."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`path:line:column`, without the parts that are not known."""
        return ":".join([self.path, *(str(part) for part in (self.line, self.column) if part)])


@dataclass(frozen=True)
class Finding:
    """One thing to tell about one place."""

    rule: str
    message: str
    location: Location
    severity: Severity = Severity.ERROR
    hint: str | None = None
    refuses: bool = False
    """Whether nothing is granted on account of it although the check passes: what this version can't hold to yet."""

    @property
    def is_error(self) -> bool:
        """Whether this finding fails a check."""
        return self.severity is Severity.ERROR

    @property
    def holds_back(self) -> bool:
        """Whether a request that it is about is granted nothing."""
        return self.is_error or self.refuses


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort by place, then rule and message, without doubles: the order in which every report tells them."""
    found = dict.fromkeys(findings)
    return tuple(sorted(found, key=lambda each: (each.location, each.rule, each.message)) if found else ())
