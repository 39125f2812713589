"""Aggregated ClusterRoles, filled with the rules of the roles that they select, as a cluster's controller fills them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_

from gitops_breakglass.core.labels import holds
from gitops_breakglass.model.policy import ClusterRole


def with_gathered(roles: Sequence[ClusterRole]) -> tuple[ClusterRole, ...]:
    """Return the roles in their order, each aggregated one with the rules of all that it gathers, directly or not.

    What stands in its own `rules` does not count: the controller writes over it. Roles of a namespace are not gathered.
    """
    aggregated = [index for index, role in enumerate(roles) if role.gathers is not None]
    if not aggregated:
        return tuple(roles)
    reached = _reached({index: sources(roles[index], roles) for index in aggregated})
    filled = list(roles)
    for index, bits in reached.items():
        plain = (role for at, role in enumerate(roles) if bits >> at & 1 and role.gathers is None)
        filled[index] = replace(roles[index], rules=tuple(sorted({rule for role in plain for rule in role.rules})))
    return tuple(filled)


def sources(role: ClusterRole, roles: Sequence[ClusterRole]) -> tuple[int, ...]:
    """Return which of the roles an aggregated one selects, itself left out."""
    return tuple(
        index
        for index, each in enumerate(roles)
        if not each.namespace and each.name != role.name and _selects(role, dict(each.labels))
    )


def _selects(role: ClusterRole, labels: Mapping[str, str]) -> bool:
    return any(holds(term, labels) for term in role.gathers or ())


def _reached(direct: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """Return what each reaches over any number of steps, as bits: roles that select each other by the hundred stay cheap."""
    reached = {index: reduce(or_, (1 << each for each in found), 0) for index, found in direct.items()}
    for through in tuple(reached):
        for index, bits in reached.items():
            if bits >> through & 1:
                reached[index] = bits | reached[through]
    return reached
