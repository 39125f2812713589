"""The rights for debug sessions: of reconciler and sweeper, on exactly the kinds that the templates of a cluster ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gitops_breakglass.core.debug.needs import SessionNeeds
from gitops_breakglass.model.session_kinds import NAMESPACE_KIND, POD

_SEES = ("get", "list", "watch")
_MAKES = ("create", *_SEES, "patch", "delete")
_FOLLOWS = (*_SEES, "patch", "delete")
_ENDS = ("get", "list", "patch", "delete")


def reconciler_debug_rules(needs: SessionNeeds) -> list[dict[str, Any]]:
    """Return what the reconciler needs for sessions, beside the rights that it hands out.

    It patches only for finalizers, which the fence sees to. Namespaces it makes and deletes, and never changes.
    """
    rights: list[tuple[str, str, Sequence[str]]] = [
        *((each.group, each.resource, _FOLLOWS) for each in needs.follows),
        *((each.group, each.resource, _MAKES) for each in needs.kinds - {NAMESPACE_KIND}),
    ]
    if NAMESPACE_KIND in needs.kinds:
        rights.append(("", NAMESPACE_KIND.resource, ("create", "delete")))
    if needs.injects:
        rights += [("", POD.resource, ("get",)), ("", "pods/ephemeralcontainers", ("patch",))]
    if needs.restarts:
        rights.append(("", POD.resource, ("delete",)))
    if needs.looks_at_nodes:
        rights.append(("", "nodes", ("get",)))
    return list(_rules(rights))


def sweeper_debug_rules(needs: SessionNeeds) -> list[dict[str, Any]]:
    """Return what the sweeper needs to end sessions; it makes nothing of them, and changes nothing but finalizers."""
    rights: list[tuple[str, str, Sequence[str]]] = [
        (each.group, each.resource, _ENDS) for each in (needs.kinds | needs.follows) - {NAMESPACE_KIND}
    ]
    if NAMESPACE_KIND in needs.kinds:
        rights += [("", NAMESPACE_KIND.resource, ("list", "delete"))]
        # Whether others have pods in it.
        rights += [("", POD.resource, ("list",))]
    if needs.injects:
        # Whether what was put into a pod is still in it.
        rights.append(("", POD.resource, ("get",)))
    if needs.restarts:
        rights.append(("", POD.resource, ("get", "delete")))
    return list(_rules(rights))


def _rules(rights: Iterable[tuple[str, str, Sequence[str]]]) -> Iterator[dict[str, Any]]:
    """Return rules with the resources together that have the same verbs, sorted."""
    verbs: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for group, resource, some in rights:
        verbs[group, resource].update(some)
    together: defaultdict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, resource), all_of_it in sorted(verbs.items()):
        together[group, tuple(sorted(all_of_it))].append(resource)
    for (group, shared), resources in sorted(together.items()):
        yield {"apiGroups": [group], "resources": resources, "verbs": list(shared)}
