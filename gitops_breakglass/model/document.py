"""One YAML document of the access repository, with the place of each of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from gitops_breakglass.model.finding import Finding, Location

Scalar: TypeAlias = str | int | float | bool | None
Node: TypeAlias = "Mapping[str, Node] | Sequence[Node] | Scalar"
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A parsed document. `positions` maps a path to the (line, column) of its key, or of its item in a list."""

    path: str
    data: Mapping[str, Node]
    positions: Mapping[Path, tuple[int, int]] = field(default_factory=dict, compare=False, repr=False)
    blob: str | None = None
    """The git object id of the file that this document is in, where it was read from git."""

    @property
    def api_version(self) -> str:
        """`apiVersion`, or the empty string."""
        value = self.data.get("apiVersion")
        return value if isinstance(value, str) else ""

    @property
    def kind(self) -> str:
        """`kind`, or the empty string."""
        value = self.data.get("kind")
        return value if isinstance(value, str) else ""

    @property
    def name(self) -> str:
        """`metadata.name`, or the empty string."""
        metadata = self.data.get("metadata")
        value = metadata.get("name") if isinstance(metadata, Mapping) else None
        return value if isinstance(value, str) else ""

    def at(self, *path: str | int) -> Location:
        """The place of the value at `path`, or of the nearest value around it that is there."""
        for end in range(len(path), -1, -1):
            if (position := self.positions.get(path[:end])) is not None:
                return Location(self.path, *position)
        return Location(self.path, 1, 1)


@dataclass(frozen=True)
class Loaded:
    """What one file held: the documents that could be read, and findings for what could not."""

    documents: tuple[Document, ...] = ()
    findings: tuple[Finding, ...] = ()
