"""Taking typed values out of one document, with a finding for each that says nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeGuard, TypeVar

from gitops_breakglass.model.document import Document, Node, Path
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.window import parse_duration, parse_time

T = TypeVar("T")

_LATEST_START = datetime(9990, 1, 1, tzinfo=UTC)
"""No window that begins by then ends after the last instant that a time can be."""


@dataclass(frozen=True)
class Read(Generic[T]):
    """What a reader made of something: a value, or None where it may not be used, and what there is to say of it."""

    value: T | None
    findings: tuple[Finding, ...] = ()


class Reading:
    """One document while it is read.

    The schema has judged types and unknown fields before; what is not of the wanted type is taken as not there.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Finding] = []

    def done(self, value: T | None) -> Read[T]:
        """Return the value with the findings, and no value where one of them is an error."""
        broken = any(finding.is_error for finding in self.findings)
        return Read(None if broken else value, tuple(self.findings))

    def report(self, rule: str, message: str, *path: str | int, severity: Severity = Severity.ERROR, hint: str) -> None:
        """Add a finding about the value at `path`."""
        self.findings.append(Finding(rule, message, self.document.at(*path), severity, hint))

    def node(self, *path: str | int) -> Node:
        """Return what is at `path`, or None."""
        return _walk(self.document.data, path)

    def has(self, *path: str | int) -> bool:
        """Whether something other than null is there."""
        return self.node(*path) is not None

    def text(self, *path: str | int) -> str | None:
        """Return the string at `path`, or None."""
        value = _walk(self.document.data, path)
        return value if isinstance(value, str) else None

    def flag(self, *path: str | int) -> bool | None:
        """Return the boolean at `path`, or None."""
        value = self.node(*path)
        return value if isinstance(value, bool) else None

    def number(self, *path: str | int) -> int | None:
        """Return the integer at `path`, or None."""
        value = self.node(*path)
        # To schemas, and to the API server, 50.0 is an integer as well.
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def texts(self, *path: str | int) -> tuple[str, ...]:
        """Return the strings of the list at `path`, in order."""
        return texts_of(_walk(self.document.data, path))

    def entries(self, *path: str | int) -> Sequence[Node]:
        """Return the entries of the list at `path`, whatever they are."""
        value = _walk(self.document.data, path)
        return value if _is_list(value) else ()

    def count(self, *path: str | int) -> int:
        """Return how many entries the list at `path` has."""
        value = self.node(*path)
        return len(value) if _is_list(value) else 0

    def keys(self, *path: str | int) -> tuple[str, ...]:
        """Return the keys of the mapping at `path`, in order."""
        value = self.node(*path)
        return tuple(value) if isinstance(value, Mapping) else ()

    def duration(self, *path: str | int) -> timedelta | None:
        """Return the duration at `path`; None where there is none, with a finding where it can't be read."""
        if (value := self.text(*path)) is None:
            return None
        try:
            return parse_duration(value)
        except ValueError as error:
            self.report("InvalidDuration", str(error), *path, hint="a positive duration, such as 30m, 2h or 14d")
            return None

    def time(self, *path: str | int) -> datetime | None:
        """Return the time at `path` in UTC; None where there is none, with a finding where it can't be read."""
        if (value := self.text(*path)) is None:
            return None
        try:
            return parse_time(value)
        except ValueError as error:
            self.report(
                "invalid-time", str(error), *path, hint="RFC 3339 with `Z` or an offset, so that it is one instant"
            )
            return None

    def start(self, *path: str | int) -> datetime | None:
        """Return the time at `path` as a start of access, after which there has to be time for any window."""
        value = self.time(*path)
        if value is None or value <= _LATEST_START:
            return value
        self.report("invalid-time", f"{value:%Y-%m-%d} is too far ahead to begin", *path, hint="give a nearer time")
        return None


def texts_of(node: Node) -> tuple[str, ...]:
    """Return the strings of a list, in order; none of anything else."""
    if node is None or not _is_list(node):
        return ()
    return tuple([each for each in node if isinstance(each, str)])


def words_of(node: Node) -> dict[str, str]:
    """Return the strings of a mapping by their keys, in order; none of anything else."""
    if not isinstance(node, Mapping):
        return {}
    return {key: value for key, value in node.items() if isinstance(value, str)}


def _walk(node: Node, path: Path) -> Node:
    for step in path:
        # What loaders make is known at once; asking anything else what it is takes ten times as long.
        if type(node) is dict:
            node = node.get(step)
        elif node is None:
            return None
        elif isinstance(node, Mapping) and isinstance(step, str):
            node = node.get(step)
        elif _is_list(node) and isinstance(step, int) and 0 <= step < len(node):
            node = node[step]
        else:
            return None
    return node


def _is_list(node: Node) -> TypeGuard[Sequence[Node]]:
    return type(node) is list or (isinstance(node, Sequence) and not isinstance(node, str))
