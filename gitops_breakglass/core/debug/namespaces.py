"""Whether pods of a session may be in the namespace that it comes to."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.debug.parts import Facts
from gitops_breakglass.core.deny.match import in_namespaces
from gitops_breakglass.model.debug_offer import DebugOffer, Mode
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.request import DebugRequest, NodeDebug
from gitops_breakglass.model.session_kinds import NAMESPACE_KIND


def namespace_of(request: DebugRequest, offer: DebugOffer) -> str:
    """Return where the objects of workload mode are."""
    return request.target_namespace or offer.namespaces.default


def namespace_key(name: str) -> ObjectKey:
    """Return the key of a namespace."""
    return NAMESPACE_KIND.key("", name)


def namespace_reasons(request: DebugRequest, offer: DebugOffer, facts: Facts | None) -> tuple[Reason, ...]:
    """Return why the session's pods may not be in its namespace.

    What depends on the namespace's labels is only told with `facts`. Of a namespace that is not there yet and is made by the
    session the labels are those that it is made with; of any other that is not there, nothing can be told by labels.
    """
    if offer.template.mode is Mode.KUBECTL_DEBUG and not _uses_namespace(request):
        return ()
    choice, name = offer.namespaces, namespace_of(request, offer)
    problem = None
    if name != choice.default and not choice.may_choose:
        problem = f"the template lets nobody choose a namespace, and its own is {choice.default}"
    elif name != choice.default and not choice.allowed:
        problem = f"the template names no namespace to choose, so it is {choice.default}"
    else:
        labels, is_sure = _labels(name, offer, facts), facts is not None
        # None is what only labels could tell: with facts, a namespace without any is not there.
        if any((is_in := in_namespaces(each, name, labels)) or (is_in is None and is_sure) for each in choice.denied):
            problem = f"namespace {name} is denied"
        elif any(
            not (is_in := in_namespaces(each, name, labels)) and (is_in is False or is_sure) for each in choice.allowed
        ):
            problem = f"namespace {name} is not allowed"
    if problem is None:
        return ()
    hint = "leave it out" if request.target_namespace else "the template or its binding has to change"
    return (Reason("debug-namespace", problem, hint, request.document.at("spec", "targetNamespace")),)


def _uses_namespace(request: DebugRequest) -> bool:
    """Whether a session of operations alone is about the namespace: pods on nodes lie in it, the most powerful ones there are."""
    return bool(request.target_namespace) or any(isinstance(each, NodeDebug) for each in request.operations)


def _labels(name: str, offer: DebugOffer, facts: Facts | None) -> Mapping[str, str] | None:
    """Return the labels of a namespace, or those that it is made with; None where they are not known."""
    live = (facts or {}).get(namespace_key(name))
    if isinstance(live, LiveObject):
        return live.labels
    made = offer.namespaces.create and facts is not None
    return {**offer.namespaces.labels, "kubernetes.io/metadata.name": name} if made else None
