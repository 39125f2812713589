"""Whether an operation may be done in a namespace: what the template says, and what holds whatever it says."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.debug.operations.terms import Places
from gitops_breakglass.core.deny.match import in_namespaces
from gitops_breakglass.model.kube import NAMESPACE

ELSEWHERE = "choose a pod elsewhere, or another template"
"""What to do about a namespace that is refused."""
_SYSTEM = "kube-"
"""What the names of Kubernetes' own namespaces begin with."""


def place_problem(places: Places, namespace: str, labels: Mapping[str, str] | None) -> str | None:
    """Say why a namespace is refused, or None where nothing that is known refuses it; a denial wins.

    `labels` are the namespace's own; None where they are not known.
    """
    if namespace == NAMESPACE:
        return f"in {namespace} lies the key that decisions are signed with; no session reaches into it"
    if not places.denied.is_empty and in_namespaces(places.denied, namespace, labels) is True:
        return f"the template denies namespace {namespace}"
    allowed = places.allowed
    if namespace.startswith(_SYSTEM) and (allowed is None or namespace not in allowed.patterns):
        return f"{namespace} is a namespace of Kubernetes itself, and the template does not name it"
    if allowed is not None and (allowed.is_empty or in_namespaces(allowed, namespace, labels) is False):
        return f"the template does not allow namespace {namespace}"
    return None


def asks_for_labels(places: Places, namespace: str) -> bool:
    """Whether it takes the namespace's labels to tell."""
    filters = [places.denied, *([places.allowed] if places.allowed is not None else [])]
    return any(not each.is_empty and in_namespaces(each, namespace, None) is None for each in filters)
