"""What policies deny of a grant, found out before any fact of the cluster but its guard is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from gitops_breakglass.core.deny.compile.denial import Denial, denials
from gitops_breakglass.core.deny.compile.identity import ByIdentity, PolicyByIdentity
from gitops_breakglass.core.deny.compile.per_namespace import Move, moves
from gitops_breakglass.core.deny.compile.pod_denial import PodDenial, pod_denials
from gitops_breakglass.core.deny.compile.rights import Rights, rights_of
from gitops_breakglass.core.deny.compile.subtract import Impersonation, always_denied, impersonations, subtract
from gitops_breakglass.model.deny import DenyPolicy, PodOverride
from gitops_breakglass.model.enforcement import InstalledGuard
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import Discovery

Scopes: TypeAlias = tuple[ScopedRules, ...]


@dataclass(frozen=True)
class Denied:
    """Everything that the policies deny of what is held, by kind of rule."""

    denials: tuple[Denial, ...]
    pods: tuple[PodDenial, ...]
    impersonations: tuple[Impersonation, ...] = ()


@dataclass(frozen=True)
class Analysis:
    """What is held, what policies deny of that, and what is left to be held to them in other ways than leaving it out.

    `denied` is about `rights`. `left` is `rights` without what is denied whatever the facts; `denials` and `pods` are about
    that, and `moves` is what of it has to be given namespace by namespace.
    """

    policies: tuple[DenyPolicy, ...]
    rights: Rights
    denied: Denied
    left: Rights
    denials: tuple[Denial, ...]
    pods: tuple[PodDenial, ...]
    moves: tuple[Move, ...]


# More than the escalations of one run; what is held here is small beside the facts.
@lru_cache(maxsize=256)
def analysis_of(
    scopes: Scopes,
    policies: tuple[PolicyByIdentity, ...],
    override: PodOverride | None,
    discovery: ByIdentity[Discovery],
    guard: InstalledGuard,
) -> Analysis:
    """Return the analysis of one grant; policies that say the same are taken once."""
    distinct = tuple(dict.fromkeys(each.policy for each in policies))
    rights = rights_of(scopes, discovery.value)
    denied = Denied(
        denials(distinct, rights.cells, discovery.value),
        pod_denials(distinct, rights.cells, guard, override),
        tuple(impersonations(distinct, rights.cells)),
    )
    left = replace(
        rights, cells=subtract(rights.cells, always_denied(denied.denials, denied.pods, denied.impersonations))
    )
    found, pods = denied.denials, denied.pods
    if left.cells != rights.cells:
        found = denials(distinct, left.cells, discovery.value)
        pods = pod_denials(distinct, left.cells, guard, override)
    return Analysis(distinct, rights, denied, left, found, pods, moves(found, pods, guard))
