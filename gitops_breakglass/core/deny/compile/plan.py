"""What of a grant policies concern, before any fact of the cluster but its guard is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gitops_breakglass.core.deny.compile.denial import Denial, denials
from gitops_breakglass.core.deny.compile.held import Held, holdings, without
from gitops_breakglass.core.deny.compile.pods import PodDenial, pod_denials
from gitops_breakglass.core.deny.compile.spread import Move, moves
from gitops_breakglass.core.deny.compile.subtract import Impersonation, decided, impersonations
from gitops_breakglass.model.deny import DenyPolicy, PodOverride
from gitops_breakglass.model.enforcement import InstalledGuard
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import Discovery


@dataclass(frozen=True)
class Concern:
    """Everything that the policies deny of what is held, by kind of rule."""

    denials: tuple[Denial, ...]
    pods: tuple[PodDenial, ...]
    impersonations: tuple[Impersonation, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What is held, what policies deny of that, and what is left to be held to them in other ways than leaving it out.

    `first` is about `held`. `left` is `held` without what is denied whatever the facts; `denials` and `pods` are about
    that, and `moves` is what of it has to be given namespace by namespace.
    """

    held: Held
    first: Concern
    left: Held
    denials: tuple[Denial, ...]
    pods: tuple[PodDenial, ...]
    moves: tuple[Move, ...]


def plan_of(
    scopes: Sequence[ScopedRules],
    policies: Sequence[DenyPolicy],
    override: PodOverride | None,
    discovery: Discovery,
    guard: InstalledGuard,
) -> Plan:
    """Return the plan for one grant."""
    held = holdings(scopes, discovery)
    first = Concern(
        denials(policies, held.cells, discovery),
        pod_denials(policies, held.cells, guard, override),
        tuple(impersonations(policies, held.cells)),
    )
    left = replace(held, cells=without(held.cells, decided(first.denials, first.pods, first.impersonations)))
    found = denials(policies, left.cells, discovery)
    pods = pod_denials(policies, left.cells, guard, override)
    return Plan(held, first, left, found, pods, moves(found, pods, guard))
