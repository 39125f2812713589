"""What leaves the grant's Roles at once, since the policies deny it whatever the object and its namespace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gitops_breakglass.core.deny.compile.denial import Denial
from gitops_breakglass.core.deny.compile.held import NONE, Places
from gitops_breakglass.core.deny.compile.pods import PodDenial
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.deny import DenyPolicy


@dataclass(frozen=True)
class Impersonation:
    """Verbs of impersonation on one cell that a policy concerns."""

    policy: DenyPolicy
    place: str
    cell: Cell
    verbs: Verbs


def impersonations(policies: Iterable[DenyPolicy], places: Places) -> Iterator[Impersonation]:
    """Return rights to impersonate that a policy with rules about that concerns.

    No grant holds one, so what the rules say in detail is not looked at: should one be held all the same, it goes.
    """
    for policy in policies:
        if policy.impersonation:
            for place, cells in places.items():
                for cell, verbs in cells.items():
                    if asked := frozenset(verb for verb in verbs if verb.startswith("impersonate")):
                        yield Impersonation(policy, place, cell, asked)


def decided(
    found: Iterable[Denial], pods: Iterable[PodDenial], impersonation: Iterable[Impersonation]
) -> dict[str, dict[Cell, Verbs]]:
    """Return the verbs that no fact of the cluster could save, by place and cell."""
    gone: dict[str, dict[Cell, Verbs]] = {}
    taken = [(each.place, each.cell, each.verbs) for each in found if each.is_decided]
    taken += [(each.place, each.cell, each.verbs) for each in pods if each.is_blind]
    taken += [(each.place, each.cell, each.verbs) for each in impersonation]
    for place, cell, verbs in taken:
        own = gone.setdefault(place, {})
        own[cell] = own.get(cell, NONE) | verbs
    return gone
