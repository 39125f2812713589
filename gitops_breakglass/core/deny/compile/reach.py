"""What a policy goes by and the grant itself can change: labels that let a pod in, or that say what a namespace is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from gitops_breakglass.core.deny.compile.denial import Denial, Where
from gitops_breakglass.core.deny.compile.held import NONE, Places
from gitops_breakglass.core.deny.compile.pods import PodDenial
from gitops_breakglass.core.deny.compile.refuse import labels_within_reach
from gitops_breakglass.core.deny.compile.words import rights
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.decision import Reason

_CHANGES = frozenset({"patch", "update"})
_MAKES = frozenset({"create", *_CHANGES})
_BINDS = frozenset({"create"})
# The status of a pod or a namespace carries its labels too, and the binding of a pod those that the pod is to get. What makes
# pods from a template makes them with its labels.
_LABELS_OF_PODS: Mapping[tuple[str, str], Verbs] = {
    ("", "pods"): _MAKES,
    ("", "pods/status"): _CHANGES,
    ("", "pods/binding"): _BINDS,
    ("", "bindings"): _BINDS,
    ("", "replicationcontrollers"): _MAKES,
    **dict.fromkeys(product(["apps"], ["daemonsets", "deployments", "replicasets", "statefulsets"]), _MAKES),
    **dict.fromkeys(product(["batch"], ["cronjobs", "jobs"]), _MAKES),
}
_LABELS_OF_NAMESPACES: Mapping[tuple[str, str], Verbs] = {
    ("", "namespaces"): _CHANGES,
    ("", "namespaces/status"): _CHANGES,
    ("", "namespaces/finalize"): _CHANGES,
}


def reach_notes(denials: Iterable[Denial], pods: Iterable[PodDenial], kept: Places) -> tuple[Reason, ...]:
    """Return what the policies' author should know of labels, each thing once and in the order of places."""
    notes = dict.fromkeys((*_of_pods(pods, kept), *_of_namespaces(denials, kept)))
    return tuple(sorted(notes, key=lambda note: (str(note.location), note.message)))


def _of_pods(pods: Iterable[PodDenial], kept: Places) -> Iterator[Reason]:
    for each in pods:
        is_held = each.verbs & kept.get(each.place, {}).get(each.cell, NONE)
        if is_held and each.rules.exempt_labels and (held := _held(kept, each.place, _LABELS_OF_PODS)):
            yield labels_within_reach(each.policy, each.rules.location, "pods", rights(held))


def _of_namespaces(denials: Iterable[Denial], kept: Places) -> Iterator[Reason]:
    for each in denials:
        by_labels = each.where is not Where.ALL and each.rule.namespaces.terms
        if by_labels and (held := _held(kept, each.place, _LABELS_OF_NAMESPACES)):
            yield labels_within_reach(each.policy, each.rule.location, "namespaces", rights(held))


def _held(kept: Places, place: str, wanted: Mapping[tuple[str, str], Verbs]) -> dict[Cell, Verbs]:
    """Return what is held of this where it is about the same namespaces, whatever the names."""
    found: dict[Cell, Verbs] = {}
    for at, cells in kept.items():
        if "" in (at, place) or at == place:
            for cell, verbs in cells.items():
                if some := verbs & wanted.get(cell[:2], NONE):
                    found[cell] = found.get(cell, NONE) | some
    return found
