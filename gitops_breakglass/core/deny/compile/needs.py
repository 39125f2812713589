"""Which facts of a cluster compiling takes: for most grants none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from gitops_breakglass.core.deny.compile.analysis import Analysis
from gitops_breakglass.core.deny.compile.denial import Where
from gitops_breakglass.core.deny.compile.identity import ByIdentity
from gitops_breakglass.core.deny.compile.means import divide
from gitops_breakglass.core.deny.compile.per_namespace import moved_verbs
from gitops_breakglass.model.enforcement import InstalledGuard, Needs

_FEW = 8
"""Up to this many places the names of a resource are asked for place by place, beyond it for all of them at once."""


def needs_of(analysis: Analysis, guard: InstalledGuard) -> Needs:
    """Return what compiling one grant takes. Where labels would tell, they are taken to deny."""
    return _needs(ByIdentity(analysis), guard)


@lru_cache(maxsize=256)
def _needs(of: ByIdentity[Analysis], guard: InstalledGuard) -> Needs:
    analysis = of.value
    moving = moved_verbs(analysis.moves)
    divided = [divide(each, guard, None) for each in analysis.denials]
    by_labels = any(each.denial.where is Where.LABELS and each.denial.verbs - each.guarded for each in divided)
    names = [
        (each.denial.cell[0], each.denial.cell[1].partition("/")[0], each.denial.place)
        for each in divided
        if each.enumerated
    ]
    return Needs(
        namespaces=bool(moving) or by_labels,
        pods=frozenset(place for each in analysis.pods for place in each.looked_up),
        names=frozenset(_few(names)),
    )


def _few(names: Iterable[tuple[str, str, str]]) -> Iterable[tuple[str, str, str]]:
    asked = set(names)
    places = Counter((group, resource) for group, resource, _ in asked)
    return ((group, resource, "" if places[group, resource] > _FEW else place) for group, resource, place in asked)
