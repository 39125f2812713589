"""What lies within a document and is a document of its own: a policy in a case, an item of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.document import Document, Node, Path


def part(document: Document, *path: str | int) -> Document:
    """Return what lies at a path as a document of its own, with its places in the file."""
    node: Node = Reading(document).node(*path)
    data = node if isinstance(node, Mapping) else {}
    return Document(document.path, data, _Below(document, path))


@dataclass(frozen=True)
class _Below(Mapping[Path, tuple[int, int]]):
    """The places of what lies below a path; of what has none of its own, the nearest around it."""

    document: Document
    path: Path

    def __getitem__(self, path: Path) -> tuple[int, int]:
        if not path or (*self.path, *path) in self.document.positions:
            place = self.document.at(*self.path, *path)
            return place.line, place.column
        raise KeyError(path)

    def __iter__(self) -> Iterator[Path]:
        depth = len(self.path)
        return (each[depth:] for each in self.document.positions if each[:depth] == self.path)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def items_of(document: Document) -> Iterator[Document]:
    """Yield what a list of the API (`kubectl get -o yaml` writes one) holds, lists within it too; anything else as it is."""
    items = Reading(document).entries("items") if document.kind.endswith("List") else ()
    if not items or not all(isinstance(each, Mapping) for each in items):
        yield document
        return
    for index in range(len(items)):
        yield from items_of(part(document, "items", index))
