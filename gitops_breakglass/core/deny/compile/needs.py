"""Which facts of a cluster compiling takes: for most grants none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from gitops_breakglass.core.deny.compile.denial import Where
from gitops_breakglass.core.deny.compile.plan import Plan
from gitops_breakglass.core.deny.compile.same import Same
from gitops_breakglass.core.deny.compile.settle import settle
from gitops_breakglass.core.deny.compile.spread import moved_verbs
from gitops_breakglass.model.enforcement import InstalledGuard, Needs

_FEW = 8
"""Up to this many places the names of a resource are asked for place by place, beyond it for all of them at once."""


def needs_of(plan: Plan, guard: InstalledGuard) -> Needs:
    """Return what the plan of one grant takes. Where labels would tell, they are taken to deny."""
    return _needs(Same(plan), guard)


@lru_cache(maxsize=256)
def _needs(of: Same[Plan], guard: InstalledGuard) -> Needs:
    plan = of.value
    moving = moved_verbs(plan.moves)
    settled = [settle(each, guard, None) for each in plan.denials]
    by_labels = any(each.denial.where is Where.LABELS and each.denial.verbs - each.guarded for each in settled)
    names = [
        (each.denial.cell[0], each.denial.cell[1].partition("/")[0], each.denial.place)
        for each in settled
        if each.named
    ]
    return Needs(
        namespaces=bool(moving) or by_labels,
        pods=frozenset(place for each in plan.pods for place in each.looked_up),
        names=frozenset(_few(names)),
    )


def _few(names: Iterable[tuple[str, str, str]]) -> Iterable[tuple[str, str, str]]:
    asked = set(names)
    places = Counter((group, resource) for group, resource, _ in asked)
    return ((group, resource, "" if places[group, resource] > _FEW else place) for group, resource, place in asked)
