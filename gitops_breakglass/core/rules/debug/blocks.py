"""What the debug kinds have in common, and how the two dialects write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts
from gitops_breakglass.model.document import Path

TEMPLATE = "DebugSessionTemplate"
BINDING = "DebugSessionClusterBinding"


def readings(facts: PolicyFacts, *kinds: str) -> Iterator[Reading]:
    """Go through the documents of some kinds."""
    for kind in kinds:
        for document in facts.of_kind(kind):
            yield Reading(document)


@dataclass(frozen=True)
class NamespaceFilter:
    """Namespaces by glob or by label; any of them is enough. In the seeds' dialect it is a list of globs."""

    patterns: tuple[str, ...] = ()
    terms: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return not self.patterns and not self.terms


def namespace_filter(reading: Reading, *path: str | int) -> NamespaceFilter | None:
    """Return the filter at a path, or None where there is none."""
    if not reading.has(*path):
        return None
    if isinstance(reading.node(*path), Mapping):
        return NamespaceFilter(reading.texts(*path, "patterns"), reading.count(*path, "selectorTerms"))
    return NamespaceFilter(reading.texts(*path))


def shown(path: Path) -> str:
    """Write a path as people do: `spec.options[0].name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
