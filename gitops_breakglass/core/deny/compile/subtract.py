"""What leaves a grant's Roles: all that the policies deny whatever the object, and what nothing else could hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from gitops_breakglass.core.deny.compile.denial import Denial
from gitops_breakglass.core.deny.compile.means import Division
from gitops_breakglass.core.deny.compile.pod_denial import PodDenial
from gitops_breakglass.core.deny.compile.rights import NONE, Places
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.deny import DenyPolicy

Part: TypeAlias = tuple[str, Cell, Verbs]
"""Place, cell, and verbs of it."""


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


def subtract(cells: Places, gone: Places) -> dict[str, dict[Cell, Verbs]]:
    """Return the cells without what is gone of them."""
    return {
        place: {cell: left for cell, verbs in own.items() if (left := verbs - gone.get(place, {}).get(cell, NONE))}
        for place, own in cells.items()
    }


def always_denied(
    found: Iterable[Denial], pods: Iterable[PodDenial], impersonation: Iterable[Impersonation]
) -> dict[str, dict[Cell, Verbs]]:
    """Return what goes before anything is known of the cluster: no fact of it could save these verbs."""
    return _gathered(
        [
            *((each.place, each.cell, each.verbs) for each in found if each.is_decided),
            *((each.place, each.cell, each.verbs) for each in pods if each.is_blind),
            *((each.place, each.cell, each.verbs) for each in impersonation),
        ]
    )


def held_by_nothing_else(divided: Iterable[Division]) -> dict[str, dict[Cell, Verbs]]:
    """Return what goes by the facts of the cluster: verbs that the guard there does not see, and that take no name."""
    return _gathered((each.denial.place, each.denial.cell, each.subtracted) for each in divided if each.subtracted)


def _gathered(parts: Iterable[Part]) -> dict[str, dict[Cell, Verbs]]:
    gone: dict[str, dict[Cell, Verbs]] = {}
    for place, cell, verbs in parts:
        own = gone.setdefault(place, {})
        own[cell] = own.get(cell, NONE) | verbs
    return gone
