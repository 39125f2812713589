"""Rights that RBAC can only cut by namespace: they move from the whole cluster into the namespaces there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from gitops_breakglass.core.deny.compile.bounds import MOST_NAMESPACES
from gitops_breakglass.core.deny.compile.denial import Denial, Where
from gitops_breakglass.core.deny.compile.pod_denial import PodDenial
from gitops_breakglass.core.deny.compile.refuse import Problem, too_many, unknown_namespaces
from gitops_breakglass.core.deny.compile.requests import LISTS, seen
from gitops_breakglass.core.deny.compile.rights import NONE, Rights, compact
from gitops_breakglass.core.deny.compile.subtract import subtract
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.deny import DenyPolicy
from gitops_breakglass.model.enforcement import InstalledGuard
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.kube import NAMESPACE


@dataclass(frozen=True)
class Move:
    """What moves on account of one policy."""

    policy: DenyPolicy
    location: Location
    cell: Cell
    verbs: Verbs

    @property
    def lists(self) -> bool:
        """Whether a list of the whole cluster goes, which upstream would let pass."""
        return bool(self.verbs & LISTS)


def moves(found: Iterable[Denial], pods: Iterable[PodDenial], guard: InstalledGuard) -> tuple[Move, ...]:
    """Return the cluster-wide rights that no guard can refuse in some namespaces only."""
    by_rules = (
        Move(each.policy, each.rule.location, each.cell, verbs)
        for each in found
        if each.where is Where.SOME and (verbs := each.verbs - seen(guard, each.cell, each.verbs))
    )
    by_pods = (
        Move(each.policy, each.rules.location, each.cell, each.verbs)
        for each in pods
        if not each.place and each.by_role
    )
    return (*by_rules, *by_pods)


def cannot_move(wanted: Iterable[Move], namespaces: Collection[str] | None) -> list[Problem]:
    """Return why rights can't be given namespace by namespace, for each policy that asks for it."""
    if namespaces is None:
        return [unknown_namespaces(each.policy.name, each.location) for each in wanted]
    if len(namespaces) <= MOST_NAMESPACES:
        return []
    what = f"it would take a role in each of {len(namespaces)} namespaces"
    return [too_many(each.policy.name, each.location, what, MOST_NAMESPACES) for each in wanted]


def moved_verbs(wanted: Iterable[Move]) -> Mapping[Cell, Verbs]:
    """Return what moves, whoever asks for it."""
    found: defaultdict[Cell, Verbs] = defaultdict(frozenset)
    for each in wanted:
        found[each.cell] |= each.verbs
    return found


def move_rights(rights: Rights, wanted: Iterable[Move], namespaces: Iterable[str]) -> Rights:
    """Move rights from the whole cluster into each of these namespaces but ours, in which nothing is granted."""
    moving = moved_verbs(wanted)
    if not moving:
        return rights
    cells = subtract(rights.cells, {"": moving})
    for namespace in frozenset(namespaces) - {NAMESPACE}:
        own = cells.setdefault(namespace, {})
        for cell, verbs in moving.items():
            own[cell] = own.get(cell, NONE) | verbs
    source = rights.sources[""]
    sources = {
        place: ", ".join(dict.fromkeys((*rights.sources.get(place, source).split(", "), *source.split(", "))))
        for place in cells
        if place
    }
    return replace(
        rights, cells={place: compact(own) for place, own in sorted(cells.items())}, sources={"": source, **sources}
    )
