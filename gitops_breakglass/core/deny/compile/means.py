"""By which means each verb that a policy denies is held: the first that is exact enough, of those that the cluster has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitops_breakglass.core.deny.compile.denial import Denial, Where
from gitops_breakglass.core.deny.compile.requests import nameless, seen
from gitops_breakglass.core.deny.compile.rights import NONE
from gitops_breakglass.core.deny.match import in_namespaces
from gitops_breakglass.core.rbac.cells import Verbs
from gitops_breakglass.model.enforcement import InstalledGuard

Labels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Division:
    """The verbs of a denial, divided by the means that hold them. No verb stands in two of them."""

    denial: Denial
    subtracted: Verbs = NONE
    guarded: Verbs = NONE
    enumerated: Verbs = NONE


def divide(denial: Denial, guard: InstalledGuard, labels: Labels | None) -> Division:
    """Divide one denial: subtract, else guard, else enumerate. What only the labels of a namespace would tell is denied where they are not known."""
    if denial.is_decided:
        return Division(denial, subtracted=denial.verbs)
    guarded = seen(guard, denial.cell, denial.verbs)
    other = denial.verbs - guarded
    if denial.where is Where.LABELS:
        known = None if labels is None else labels.get(denial.place)
        if in_namespaces(denial.rule.namespaces, denial.place, known) is False:
            other = NONE
    # A role that lists names gives no verb whose requests name nothing, so those go whole.
    without_name = nameless(denial.cell, other) if denial.by_name else other
    return Division(denial, without_name, guarded, other - without_name)
