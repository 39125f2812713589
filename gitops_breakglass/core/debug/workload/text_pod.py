"""A pod that is written as text: what the first document of the text says of it, and the documents after that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gitops_breakglass.core.debug.workload.labels import hold_labels
from gitops_breakglass.core.debug.workload.texts import Texts
from gitops_breakglass.core.debug.workload.told import Source, Told, mapping

_ID = "pod-template-text"
_VERSIONS = {"Pod": "v1", "Deployment": "apps/v1", "DaemonSet": "apps/v1"}
_POD = frozenset({"apiVersion", "kind", "metadata", "spec"})
_WORKLOAD = frozenset({"template", "replicas", "selector"})
_METADATA = frozenset({"name", "namespace", "labels", "annotations"})
"""Of these, the session says the name and the namespace itself, and whom its workload selects."""


@dataclass(frozen=True)
class Base:
    """A pod as it was written, with what else its text holds."""

    spec: dict[str, Any]
    source: Source
    """Of `spec`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    replicas: int | None = None
    kind: str = ""
    """Deployment or DaemonSet, where the text says it."""
    further: tuple[tuple[dict[str, Any], Source], ...] = ()
    """Objects to be made beside it, each with its place."""


def text_base(text: str, source: Source, texts: Texts) -> Base | None:
    """Return the pod that a text comes to, with the objects of its further documents; None with a problem."""
    found = texts.read(text, source)
    if not found:
        if not texts.told.problems:
            texts.told.problem(_ID, "the text comes to nothing", source.at(), "write the pod")
        return None
    base = _first(found[0], source, texts.told)
    return replace(base, further=tuple((each, source) for each in found[1:])) if base is not None else None


def with_metadata(base: Base, metadata: Any, told: Told) -> Base:
    """Return the pod with the labels and annotations of the metadata beside it."""
    words = mapping(metadata)
    place = Source(base.source.document, (*base.source.base[:-1], "metadata"), base.source.is_text)
    labels, annotations = mapping(words.get("labels")), mapping(words.get("annotations"))
    hold_labels(labels, place, told, "labels")
    hold_labels(annotations, place, told, "annotations")
    _only(words, _METADATA, "metadata of a debug pod", place, told)
    return replace(base, labels=labels, annotations=annotations)


def _first(first: dict[str, Any], source: Source, told: Told) -> Base | None:
    kind = first.get("kind")
    if kind is None and "apiVersion" not in first:
        return Base(first, source)
    if not isinstance(kind, str) or _VERSIONS.get(kind) != first.get("apiVersion"):
        told.problem(
            _ID,
            f"the text begins with {kind or 'no kind'} ({first.get('apiVersion') or 'no apiVersion'}), which is no pod",
            source.at(),
            "a bare pod specification, a Pod (v1), or a Deployment or DaemonSet (apps/v1); more documents may follow",
        )
        return None
    _only(first, _POD, kind, source, told)
    spec = mapping(first.get("spec"))
    if kind == "Pod":
        return with_metadata(Base(spec, source), first.get("metadata"), told)
    _only(spec, _WORKLOAD, f"{kind} of a session", source, told)
    _only(mapping(first.get("metadata")), _METADATA, f"metadata of a {kind}", source, told)
    template = mapping(spec.get("template"))
    replicas = spec.get("replicas")
    base = Base(mapping(template.get("spec")), source, replicas=replicas if type(replicas) is int else None, kind=kind)
    return with_metadata(base, template.get("metadata"), told)


def _only(words: Mapping[str, Any], known: frozenset[str], what: str, source: Source, told: Told) -> None:
    for key in sorted(words.keys() - known):
        told.problem(_ID, f"{what} has {key}, which is not made here", source.at(key), "leave it out")
