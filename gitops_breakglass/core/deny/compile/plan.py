"""What of a grant policies concern, before any fact of the cluster but its guard is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from gitops_breakglass.core.deny.compile.denial import Denial, denials
from gitops_breakglass.core.deny.compile.held import Held, holdings, without
from gitops_breakglass.core.deny.compile.pods import PodDenial, pod_denials
from gitops_breakglass.core.deny.compile.same import Same, SamePolicy
from gitops_breakglass.core.deny.compile.spread import Move, moves
from gitops_breakglass.core.deny.compile.subtract import Impersonation, decided, impersonations
from gitops_breakglass.model.deny import DenyPolicy, PodOverride
from gitops_breakglass.model.enforcement import InstalledGuard
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import Discovery

Scopes: TypeAlias = tuple[ScopedRules, ...]


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

    policies: tuple[DenyPolicy, ...]
    held: Held
    first: Concern
    left: Held
    denials: tuple[Denial, ...]
    pods: tuple[PodDenial, ...]
    moves: tuple[Move, ...]


# More than the escalations of one run; what is held here is small beside the facts.
@lru_cache(maxsize=256)
def plan_of(
    scopes: Scopes,
    policies: tuple[SamePolicy, ...],
    override: PodOverride | None,
    discovery: Same[Discovery],
    guard: InstalledGuard,
) -> Plan:
    """Return the plan for one grant; policies that say the same are taken once."""
    distinct = tuple(dict.fromkeys(each.policy for each in policies))
    held = holdings(scopes, discovery.value)
    first = Concern(
        denials(distinct, held.cells, discovery.value),
        pod_denials(distinct, held.cells, guard, override),
        tuple(impersonations(distinct, held.cells)),
    )
    left = replace(held, cells=without(held.cells, decided(first.denials, first.pods, first.impersonations)))
    found, pods = first.denials, first.pods
    if left.cells != held.cells:
        found = denials(distinct, left.cells, discovery.value)
        pods = pod_denials(distinct, left.cells, guard, override)
    return Plan(distinct, held, first, left, found, pods, moves(found, pods, guard))
