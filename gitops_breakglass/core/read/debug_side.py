"""The debug kinds of a policy side; what can't be read is not offered, nor what a lost binding may have restricted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from gitops_breakglass.core.read.debug_binding import read_debug_binding
from gitops_breakglass.core.read.debug_pod_template import read_debug_pod_template
from gitops_breakglass.core.read.debug_template import read_debug_template
from gitops_breakglass.core.read.lost import Lost, lost_document
from gitops_breakglass.core.read.reading import Read
from gitops_breakglass.model.debug_offer import DebugSide
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding

T = TypeVar("T")


def read_debug_side(documents: Iterable[Document], lost: Sequence[Lost], findings: list[Finding]) -> DebugSide:
    """Read templates, bindings and pod templates; what there is to say is added to `findings`.

    A template that a lost binding may be for is left out: without its binding it would offer more than was meant.
    """
    documents = tuple(documents)
    pods, _ = _each(documents, "DebugPodTemplate", read_debug_pod_template, findings)
    templates, _ = _each(documents, "DebugSessionTemplate", read_debug_template, findings)
    bindings, unread = _each(documents, "DebugSessionClusterBinding", read_debug_binding, findings)
    gone = (*lost, *map(lost_document, unread))
    kept = {}
    for template in templates:
        binding = next((each for each in gone if each.may_narrow(template.name)), None)
        if binding is None:
            kept[template.name] = template
            continue
        findings.append(
            Finding(
                "unreadable-policy",
                f"a debug session binding ({binding.location}) can't be used, so what {template.name} offers is not known",
                template.document.at("metadata", "name"),
                hint=f"template {template.name} is not offered until the binding is repaired",
            )
        )
    return DebugSide(
        templates=kept,
        bindings=tuple(sorted(bindings, key=lambda each: (each.namespace, each.name))),
        pods={each.name: each for each in pods},
    )


def _each(
    documents: Iterable[Document], kind: str, read: Callable[[Document], Read[T]], findings: list[Finding]
) -> tuple[list[T], list[Document]]:
    """Read the documents of a kind; return what could be read, and the documents that could not."""
    values: list[T] = []
    unread: list[Document] = []
    for document in documents:
        if document.kind == kind:
            result = read(document)
            findings.extend(result.findings)
            if result.value is None:
                unread.append(document)
            else:
                values.append(result.value)
    return values, unread
