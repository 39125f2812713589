"""What the debug kinds have in common, and how the two dialects write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.read.reading import Reading, texts_of
from gitops_breakglass.core.rules.rule import PolicyFacts
from gitops_breakglass.model.document import Document, Node, Path

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


def pod_template_of(reading: Reading) -> str | None:
    """Return the DebugPodTemplate that a session template names, as upstream's object or as text."""
    return reading.text("spec", "podTemplateRef", "name") or reading.text("spec", "podTemplateRef")


def selects(selector: Node, document: Document) -> bool:
    """Whether a label selector chooses a document; an empty selector chooses every one."""
    if not isinstance(selector, Mapping):
        return False
    found = Reading(document).node("metadata", "labels")
    labels = found if isinstance(found, Mapping) else {}
    wanted = selector.get("matchLabels")
    if isinstance(wanted, Mapping) and any(labels.get(key) != value for key, value in wanted.items()):
        return False
    rows = selector.get("matchExpressions")
    return all(_holds(row, labels) for row in rows) if isinstance(rows, list | tuple) else True


def _holds(row: Node, labels: Mapping[str, Node]) -> bool:
    if not isinstance(row, Mapping):
        return False
    key, values = row.get("key"), texts_of(row.get("values"))
    value = labels.get(key) if isinstance(key, str) else None
    match row.get("operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case _:
            return False


def applies_to_cluster(binding: Reading, cluster: Document) -> bool:
    """Whether a binding is for a cluster: by its exact name, or by its labels."""
    return cluster.name in binding.texts("spec", "clusters") or selects(
        binding.node("spec", "clusterSelector"), cluster
    )


def applies_to_template(binding: Reading, template: Document) -> bool:
    """Whether a binding is for a template: by name, or by labels."""
    return binding.text("spec", "templateRef", "name") == template.name or selects(
        binding.node("spec", "templateSelector"), template
    )


def reaches(template: Reading, cluster: Document, facts: PolicyFacts) -> bool:
    """Whether a template may be used on a cluster: its own globs say so, or a binding does."""
    if matches_any(template.texts("spec", "allowed", "clusters"), cluster.name):
        return True
    return any(
        applies_to_template(each, template.document) and applies_to_cluster(each, cluster)
        for each in readings(facts, BINDING)
        if each.flag("spec", "disabled") is not True
    )


def shown(path: Path) -> str:
    """Write a path as people do: `spec.options[0].name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
