"""What the debug kinds have in common, and how the two dialects write it."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.read.selector import read_namespaces
from gitops_breakglass.core.rules.rule import PolicyFacts
from gitops_breakglass.model.deny import NamespaceFilter
from gitops_breakglass.model.document import Path

TEMPLATE = "DebugSessionTemplate"
BINDING = "DebugSessionClusterBinding"


def readings(facts: PolicyFacts, *kinds: str) -> Iterator[Reading]:
    """Go through the documents of some kinds."""
    for kind in kinds:
        for document in facts.of_kind(kind):
            yield Reading(document)


def namespace_filter(reading: Reading, *path: str | int) -> NamespaceFilter | None:
    """Return the filter at a path, or None where there is none."""
    return read_namespaces(reading, *path) if reading.has(*path) else None


def shown(path: Path) -> str:
    """Write a path as people do: `spec.options[0].name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
