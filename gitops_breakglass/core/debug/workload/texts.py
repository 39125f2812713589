"""Templates that are text, filled in for one session: pods, overrides, and what stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.text.context import context_of
from gitops_breakglass.core.debug.text.documents import documents, filled
from gitops_breakglass.core.debug.text.problem import TextProblem
from gitops_breakglass.core.debug.text.values import values_of
from gitops_breakglass.core.debug.workload.told import Source, Told, entries, plain
from gitops_breakglass.core.go_template.printing import Value
from gitops_breakglass.model.document import Node
from gitops_breakglass.model.kube import NAMESPACE

ID = "debug-template-text"


@dataclass(frozen=True)
class Texts:
    """What fills in the texts of one session; what goes wrong is told with its place."""

    context: Mapping[str, Value]
    told: Told

    def read(self, text: str, source: Source) -> tuple[dict[str, Any], ...]:
        """Return the documents that a text comes to; with a problem there are none."""
        try:
            found = documents(text, self.context, at=source.at())
        except TextProblem as problem:
            return self._missed(problem)
        return tuple(plain(each) for each in found)

    def fill(self, tree: Node, source: Source) -> tuple[dict[str, Any], ...]:
        """Return an object with its texts filled in; with a problem there is none."""
        try:
            return (plain(filled(tree, self.context, source.at)),)
        except TextProblem as problem:
            return self._missed(problem)

    def _missed(self, problem: TextProblem) -> tuple[dict[str, Any], ...]:
        self.told.problem(ID, problem.message, problem.location, problem.hint)
        return ()


def texts_of(asking: Asking, namespace: str, told: Told) -> Texts:
    """Return what fills in the texts of a session whose pods are in a namespace."""
    offer, request = asking.offer, asking.request
    display = offer.template.spec.get("displayName")
    context = context_of(
        name=asking.name,
        cluster=request.id.cluster,
        requested_by=asking.owner.name,
        reason=request.reason,
        namespace=namespace,
        template=offer.template.name,
        display_name=display if isinstance(display, str) else "",
        binding=(offer.binding.namespace, offer.binding.name) if offer.binding else None,
        session_namespace=NAMESPACE,
        variables=values_of(entries(plain(offer.template.spec.get("extraDeployVariables"))), request.values),
        labels=offer.labels,
        annotations=offer.annotations,
        auxiliary=offer.auxiliary,
    )
    return Texts(context, told)
