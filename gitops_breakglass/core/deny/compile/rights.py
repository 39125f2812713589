"""What a grant holds, place by place and cell by cell, and the way back to scoped rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gitops_breakglass.core.rbac.cells import Cell, Verbs, cells_of, from_cells, urls_of
from gitops_breakglass.core.rbac.expand import expand
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import ALL, Discovery, PolicyRule, Rules

Cells: TypeAlias = Mapping[Cell, Verbs]
Places: TypeAlias = Mapping[str, Cells]
"""Cells by namespace; those under "" are cluster-wide."""
NONE: Verbs = frozenset()


@dataclass(frozen=True)
class Rights:
    """Everything that a grant holds: cells, URLs and sources by place. No cell of one name holds a verb that is held there for every name."""

    cells: Places
    urls: Mapping[str, Mapping[str, Verbs]]
    sources: Mapping[str, str]

    def __bool__(self) -> bool:
        """Whether any right on a resource is held."""
        return any(verbs for cells in self.cells.values() for verbs in cells.values())


def rights_of(scopes: Iterable[ScopedRules], discovery: Discovery) -> Rights:
    """Take scopes apart; those of one place become one, and a wildcard that is still there is spelled out."""
    rules: dict[str, Rules] = {}
    sources: dict[str, dict[str, None]] = {}
    for each in scopes:
        rules[each.namespace] = (*rules.get(each.namespace, ()), *each.rules)
        sources.setdefault(each.namespace, {})[each.source] = None
    plain = {
        place: expand(own, discovery) if any(map(_has_wildcard, own)) else own for place, own in sorted(rules.items())
    }
    return Rights(
        {place: compact(cells_of(own)) for place, own in plain.items()},
        {place: urls_of(own) for place, own in plain.items()},
        {place: ", ".join(sources[place]) for place in plain},
    )


def scopes_of(rights: Rights, cells: Places) -> tuple[ScopedRules, ...]:
    """Put cells together again, with the URLs and sources of `rights`; a place where nothing is left is not told."""
    found = (
        ScopedRules(place, from_cells(cells.get(place, {}), rights.urls.get(place, {})), rights.sources[place])
        for place in sorted(rights.sources)
    )
    return tuple(each for each in found if each.rules)


def compact(cells: Cells) -> dict[Cell, Verbs]:
    """Drop the verbs of single names that are held for every name."""
    return {
        cell: left
        for cell, verbs in cells.items()
        if (left := verbs if cell[2] is None else verbs - cells.get((cell[0], cell[1], None), NONE))
    }


def _has_wildcard(rule: PolicyRule) -> bool:
    return any(ALL in word for word in (*rule.verbs, *rule.api_groups, *rule.resources))
