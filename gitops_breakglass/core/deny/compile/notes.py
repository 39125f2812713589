"""What a policies' author should know though nothing is refused: lists that show what is denied, labels within reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from gitops_breakglass.core.deny.compile.denial import Denial, Where
from gitops_breakglass.core.deny.compile.means import Division
from gitops_breakglass.core.deny.compile.pod_denial import PodDenial
from gitops_breakglass.core.deny.compile.rights import NONE, Places
from gitops_breakglass.core.deny.compile.words import rights_in_words
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.deny import DenyPolicy, DenyRule
from gitops_breakglass.model.finding import Location

LIST_SHOWS = "list-shows-denied-names"
LABELS_WITHIN_REACH = "labels-within-reach"
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


def lists_that_show(divided: Iterable[Division], kept: Places) -> tuple[Reason, ...]:
    """Return what a list shows of names that are denied."""
    notes: dict[Reason, None] = {}
    for each in divided:
        denial = each.denial
        left = kept.get(denial.place, {}).get(denial.cell, NONE)
        if verbs := denial.shown & left:
            notes[_list_shows(denial.policy, denial.rule, denial.cell[1], " and ".join(sorted(verbs)))] = None
    return tuple(sorted(notes, key=lambda note: (note.location is not None and str(note.location), note.message)))


def labels_within_reach(denials: Iterable[Denial], pods: Iterable[PodDenial], kept: Places) -> tuple[Reason, ...]:
    """Return what the policies' author should know of labels, each thing once and in the order of places."""
    notes = dict.fromkeys((*_of_pods(pods, kept), *_of_namespaces(denials, kept)))
    return tuple(sorted(notes, key=lambda note: (str(note.location), note.message)))


def _of_pods(pods: Iterable[PodDenial], kept: Places) -> Iterator[Reason]:
    for each in pods:
        is_held = each.verbs & kept.get(each.place, {}).get(each.cell, NONE)
        if is_held and each.rules.exempt_labels and (held := _held(kept, each.place, _LABELS_OF_PODS)):
            yield _labels(each.policy, each.rules.location, "pods", rights_in_words(held))


def _of_namespaces(denials: Iterable[Denial], kept: Places) -> Iterator[Reason]:
    for each in denials:
        by_labels = each.where is not Where.ALL and each.rule.namespaces.terms
        if by_labels and (held := _held(kept, each.place, _LABELS_OF_NAMESPACES)):
            yield _labels(each.policy, each.rule.location, "namespaces", rights_in_words(held))


def _held(kept: Places, place: str, wanted: Mapping[tuple[str, str], Verbs]) -> dict[Cell, Verbs]:
    """Return what is held of this where it is about the same namespaces, whatever the names."""
    found: dict[Cell, Verbs] = {}
    for at, cells in kept.items():
        if "" in (at, place) or at == place:
            for cell, verbs in cells.items():
                if some := verbs & wanted.get(cell[:2], NONE):
                    found[cell] = found.get(cell, NONE) | some
    return found


def _list_shows(policy: DenyPolicy, rule: DenyRule, resource: str, verbs: str) -> Reason:
    """Say that a list tells what a denied name holds."""
    names = ", ".join(rule.resource_names)
    return Reason(
        LIST_SHOWS,
        f"{policy.name} denies {resource} named {names}, and {verbs} on {resource} is granted: "
        "such a request carries no name, and shows those objects too",
        f"deny {verbs} in a rule without resourceNames, or do not grant {verbs}",
        rule.location,
    )


def _labels(policy: DenyPolicy, location: Location, kind: str, held: str) -> Reason:
    """Say that who holds the grant can change the labels that a policy goes by."""
    return Reason(
        LABELS_WITHIN_REACH,
        f"{policy.name} goes by labels of {kind}, and {held} is granted: with that the labels can be changed, and the deny evaded",
        f"name {'namespaces' if kind == 'pods' else 'the namespaces'} instead of labels, or do not grant both",
        location,
    )
