"""Which bindings are for a template on a cluster: by names, by labels, and by the time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gitops_breakglass.core.read.reading import Reading, texts_of, words_of
from gitops_breakglass.model.document import Document, Node


def selects(selector: Node, labels: Mapping[str, str]) -> bool:
    """Whether a label selector chooses what has these labels; an empty selector chooses everything, none chooses nothing."""
    if not isinstance(selector, Mapping):
        return False
    wanted = selector.get("matchLabels")
    if isinstance(wanted, Mapping) and any(labels.get(key) != value for key, value in wanted.items()):
        return False
    rows = selector.get("matchExpressions")
    return all(_holds(row, labels) for row in rows) if isinstance(rows, list | tuple) else True


def _holds(row: Node, labels: Mapping[str, str]) -> bool:
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


def labels_of(document: Document) -> Mapping[str, str]:
    """Return the labels that a document has."""
    return words_of(Reading(document).node("metadata", "labels"))


def is_for_template(binding: Reading, template: Document) -> bool:
    """Whether a binding is for a template: by name, or by labels."""
    return binding.text("spec", "templateRef", "name") == template.name or selects(
        binding.node("spec", "templateSelector"), labels_of(template)
    )


def is_for_cluster(binding: Reading, cluster: str, labels: Mapping[str, str]) -> bool:
    """Whether a binding is for a cluster: by its exact name, or by the labels of its ClusterConfig."""
    return cluster in binding.texts("spec", "clusters") or selects(binding.node("spec", "clusterSelector"), labels)


def is_disabled(binding: Reading) -> bool:
    """Whether a binding says that it is out of use."""
    return binding.flag("spec", "disabled") is True


def is_in_time(binding: Reading, at: datetime | None) -> bool:
    """Whether a binding may be used at a time; without a time it may, since nothing says that it may not."""
    begins, ends = binding.time("spec", "effectiveFrom"), binding.time("spec", "expiresAt")
    return at is None or ((begins is None or begins <= at) and (ends is None or at < ends))
