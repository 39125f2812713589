"""Rules taken apart into single cells (one group, one resource, one name) with their verbs, and put together again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeAlias, TypeVar

from gitops_breakglass.model.rules import ALL, PolicyRule, Rules

Verbs: TypeAlias = frozenset[str]
Cell: TypeAlias = tuple[str, str, str | None]
"""Group, resource and object name; None stands for every name, and for requests that name none."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


def cells_of(rules: Rules) -> dict[Cell, Verbs]:
    """Return the verbs that the rules hold on each cell, wildcards as they stand."""
    found: defaultdict[Cell, set[str]] = defaultdict(set)
    for each in rules:
        names: tuple[str | None, ...] = each.resource_names or (None,)
        for group in each.api_groups:
            for resource in each.resources:
                for name in names:
                    found[group, resource, name].update(each.verbs)
    return {cell: frozenset(verbs) for cell, verbs in found.items()}


def urls_of(rules: Rules) -> dict[str, Verbs]:
    """Return the verbs that the rules hold on each URL that is no resource."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for each in rules:
        for url in each.non_resource_urls:
            # The API server cuts any number of stars, so /a** is /a*: one spelling keeps two from covering each other.
            found[f"{url.rstrip(ALL)}{ALL}" if url.endswith(ALL) else url].update(each.verbs)
    return {url: frozenset(verbs) for url, verbs in found.items()}


def from_cells(cells: Mapping[Cell, Verbs], urls: Mapping[str, Verbs]) -> Rules:
    """Put cells together into few rules, always the same for the same cells; cells without verbs are dropped."""
    named = _gather(((group, resource, verbs), name) for (group, resource, name), verbs in cells.items() if verbs)
    kinds = _gather(((group, verbs, names), resource) for (group, resource, verbs), names in named.items())
    groups = _gather(((resources, verbs, names), group) for (group, verbs, names), resources in kinds.items())
    found = [
        # Every name takes in the names beside it.
        PolicyRule(_sorted(verbs), _sorted(group), _sorted(resources), () if None in names else _sorted(names))
        for (resources, verbs, names), group in groups.items()
    ]
    paths = _gather((verbs, url) for url, verbs in urls.items() if verbs)
    found += [PolicyRule(_sorted(verbs), non_resource_urls=_sorted(some)) for verbs, some in paths.items()]
    return tuple(sorted(found, key=_reading_order))


def wider(cell: Cell) -> set[Cell]:
    """Return the cells that cover this one, itself included."""
    group, resource, name = cell
    _, slash, subresource = resource.partition("/")
    resources = {resource, ALL, f"{ALL}/{subresource}"} if slash else {resource, ALL}
    return {(g, r, n) for g in (group, ALL) for r in resources for n in (name, None)}


def held_by(held: Mapping[K, Verbs], keys: Iterable[K]) -> Verbs:
    """Return every verb that is held on any of the keys."""
    return frozenset().union(*(held.get(key, frozenset()) for key in keys))


def url_covers(pattern: str, url: str) -> bool:
    """Whether a URL of a rule, which may end in a star, takes in this URL (or this other pattern)."""
    return pattern in (ALL, url) or (pattern.endswith(ALL) and url.startswith(pattern.rstrip(ALL)))


def _gather(pairs: Iterable[tuple[K, V]]) -> dict[K, frozenset[V]]:
    found: defaultdict[K, set[V]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return {key: frozenset(values) for key, values in found.items()}


def _sorted(words: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted(word for word in words if word is not None))


def _reading_order(one: PolicyRule) -> tuple[object, ...]:
    """By group, resource and name; URLs last."""
    return (one.non_resource_urls, one.api_groups, one.resources, one.resource_names, one.verbs)
