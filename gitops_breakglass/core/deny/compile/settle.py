"""By which means each denial is held: the first that is exact enough, of those that the cluster has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gitops_breakglass.core.deny.compile.denial import Denial, Where, nameless, seen
from gitops_breakglass.core.deny.compile.held import NONE
from gitops_breakglass.core.deny.match import in_namespaces
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.enforcement import InstalledGuard

Labels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Settled:
    """The verbs of a denial that are taken away, that the guard refuses, and that names are enumerated for."""

    denial: Denial
    gone: Verbs = NONE
    guarded: Verbs = NONE
    named: Verbs = NONE


def settle(denial: Denial, guard: InstalledGuard, labels: Labels | None) -> Settled:
    """Settle one denial. What only the labels of a namespace would tell is denied where they are not known."""
    if denial.is_decided:
        return Settled(denial, gone=denial.verbs)
    guarded = seen(guard, denial.cell, denial.verbs)
    other = denial.verbs - guarded
    if denial.where is Where.LABELS:
        known = None if labels is None else labels.get(denial.place)
        if in_namespaces(denial.rule.namespaces, denial.place, known) is False:
            other = NONE
    # A role that lists names gives no verb whose requests name nothing, so those go whole.
    without_name = nameless(denial.cell, other) if denial.by_name else other
    return Settled(denial, without_name, guarded, other - without_name)


def gone_from(settled: Iterable[Settled]) -> dict[str, dict[Cell, Verbs]]:
    """Return all that is taken away."""
    found: dict[str, dict[Cell, Verbs]] = {}
    for each in settled:
        if each.gone:
            own = found.setdefault(each.denial.place, {})
            own[each.denial.cell] = own.get(each.denial.cell, NONE) | each.gone
    return found
