"""What is said while a session is rendered: what differs from somebody's words, and why there is nothing to be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.document import Document, Node, Path
from gitops_breakglass.model.finding import Location


@dataclass
class Told:
    """Notes and problems, in the order in which they were found."""

    notes: list[Reason] = field(default_factory=list)
    problems: list[Reason] = field(default_factory=list)

    def note(self, rule: str, message: str, place: Location, hint: str | None = None) -> None:
        """Say what differs from the words at a place."""
        self.notes.append(Reason(rule, message, hint, place))

    def problem(self, rule: str, message: str, place: Location, hint: str | None = None) -> None:
        """Say why nothing can be made of the words at a place."""
        self.problems.append(Reason(rule, message, hint, place))


@dataclass(frozen=True)
class Source:
    """Where something was written: in a document, below a path. What is made of a text has the place of the text."""

    document: Document
    base: Path
    is_text: bool = False

    def at(self, *path: str | int) -> Location:
        """Return the place of what is below."""
        return self.document.at(*self.base, *(() if self.is_text else path))


def plain(node: Node) -> Any:
    """Return a copy in dictionaries and lists, which may be changed and printed as JSON."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [plain(value) for value in node]
    return node


def mapping(node: Any) -> dict[str, Any]:
    """Return a mapping as it is, and an empty one for anything else."""
    return node if isinstance(node, dict) else {}


def entries(node: Any) -> list[Any]:
    """Return a list as it is, and an empty one for anything else."""
    return node if isinstance(node, list) else []
