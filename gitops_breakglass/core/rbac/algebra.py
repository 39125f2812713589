"""What RBAC rules allow, and how two sets of them are compared, joined and cut, exactly as the API server means them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from gitops_breakglass.core.rbac.cells import cells_of, from_cells, held_by, url_covers, urls_of, wider
from gitops_breakglass.core.rbac.manifest import from_manifest, to_manifest
from gitops_breakglass.model.rules import ALL, PolicyRule, Rules

__all__ = [
    "Attributes",
    "allows",
    "canonical",
    "covers",
    "from_manifest",
    "intersect",
    "rule",
    "to_manifest",
    "uncovered",
    "union",
]


@dataclass(frozen=True, order=True)
class Attributes:
    """What one request asks of the authorizer: a verb on a resource, or with a `url` on a path that is no resource.

    `resource` holds its subresource (`pods/exec`). An empty `name` is a request for no object in particular.
    """

    verb: str
    group: str = ""
    resource: str = ""
    name: str = ""
    url: str = ""


def rule(
    verbs: Iterable[str],
    resources: Iterable[str] = (),
    *,
    groups: Iterable[str] = ("",),
    names: Iterable[str] = (),
    urls: Iterable[str] = (),
) -> PolicyRule:
    """Return one rule with every field sorted and without doubles; the core group unless `groups` says otherwise."""
    kinds = tuple(sorted(set(resources)))
    return PolicyRule(
        verbs=tuple(sorted(set(verbs))),
        api_groups=tuple(sorted(set(groups))) if kinds else (),
        resources=kinds,
        resource_names=tuple(sorted(set(names))),
        non_resource_urls=tuple(sorted(set(urls))),
    )


def allows(rules: Rules, attributes: Attributes) -> bool:
    """Whether the API server's RBAC authorizer would let the request pass."""
    return any(_allows(each, attributes) for each in rules)


def covers(owner: Rules, asked: Rules) -> bool:
    """Whether who holds `owner` may hand out `asked`: the API server's own test against escalation.

    It compares rules, not what they come to on a cluster: only a wildcard covers a wildcard.
    """
    return not uncovered(owner, asked)


# Many requests ask for the same few things, and each is held against each offer, by more than one rule.
@lru_cache(maxsize=1024)
def uncovered(owner: Rules, asked: Rules) -> Rules:
    """Return what is in `asked` and not covered by `owner`, in canonical form."""
    asked = canonical(asked)
    held, wanted = cells_of(owner), cells_of(asked)
    held_urls, wanted_urls = urls_of(owner), urls_of(asked)
    return from_cells(
        {cell: _left(verbs, held_by(held, wider(cell))) for cell, verbs in wanted.items()},
        {
            url: _left(verbs, held_by(held_urls, (pattern for pattern in held_urls if url_covers(pattern, url))))
            for url, verbs in wanted_urls.items()
        },
    )


# The grants of one escalation all hold the same few rules, which every run compares grant by grant.
@lru_cache(maxsize=1024)
def canonical(rules: Rules) -> Rules:
    """Return the one compact form of these rules: what another of them covers is dropped, the rest merged and sorted."""
    cells, urls = cells_of(rules), urls_of(rules)
    return from_cells(
        {cell: _left(verbs, held_by(cells, wider(cell) - {cell})) for cell, verbs in cells.items()},
        {
            url: _left(verbs, held_by(urls, (other for other in urls if other != url and url_covers(other, url))))
            for url, verbs in urls.items()
        },
    )


def union(*many: Rules) -> Rules:
    """Return what any of them allows, in canonical form."""
    return canonical(tuple(each for rules in many for each in rules))


@lru_cache(maxsize=1024)
def intersect(a: Rules, b: Rules) -> Rules:
    """Return what both allow, in canonical form. Where `b` covers `a`, that is `a`."""
    return canonical(tuple(meet for one, other in product(a, b) for meet in _meets(one, other)))


def _left(verbs: frozenset[str], held: frozenset[str]) -> frozenset[str]:
    """Return the verbs that are not held; a wildcard swallows the verbs beside it."""
    if ALL in held:
        return frozenset()
    return frozenset({ALL}) if ALL in verbs else verbs - held


def _allows(one: PolicyRule, asked: Attributes) -> bool:
    """Whether this rule alone allows it."""
    if not _matches(one.verbs, asked.verb):
        return False
    if asked.url:
        return any(url_covers(pattern, asked.url) for pattern in one.non_resource_urls)
    subresource = asked.resource.partition("/")[2]
    return (
        _matches(one.api_groups, asked.group)
        and (_matches(one.resources, asked.resource) or (bool(subresource) and f"*/{subresource}" in one.resources))
        and (not one.resource_names or asked.name in one.resource_names)
    )


def _matches(held: tuple[str, ...], asked: str) -> bool:
    return ALL in held or asked in held


def _meets(one: PolicyRule, other: PolicyRule) -> Rules:
    """Return what two rules both allow. A rule is a product of sets, so the meet is the product of their meets."""
    verbs = {meet for a, b in product(one.verbs, other.verbs) if (meet := _meet(a, b)) is not None}
    groups = {meet for a, b in product(one.api_groups, other.api_groups) if (meet := _meet(a, b)) is not None}
    kinds = {meet for a, b in product(one.resources, other.resources) if (meet := _meet_resource(a, b))}
    urls = {meet for a, b in product(one.non_resource_urls, other.non_resource_urls) if (meet := _meet_url(a, b))}
    met: list[PolicyRule] = []
    if verbs and groups and kinds:
        if not (one.resource_names and other.resource_names):
            met.append(rule(verbs, kinds, groups=groups, names=one.resource_names or other.resource_names))
        elif names := set(one.resource_names) & set(other.resource_names):
            met.append(rule(verbs, kinds, groups=groups, names=names))
    if verbs and urls:
        met.append(rule(verbs, urls=urls))
    return tuple(met)


def _meet(a: str, b: str) -> str | None:
    """Return the narrower of two words of which one may be the wildcard; None where they have nothing in common."""
    if b in (a, ALL):
        return a
    return b if a == ALL else None


def _meet_resource(a: str, b: str) -> str | None:
    """Return the narrower of two resources, where `*/scale` is the scale of every resource."""
    if b in _resources_covering(a):
        return a
    return b if a in _resources_covering(b) else None


def _resources_covering(resource: str) -> set[str]:
    return {cell[1] for cell in wider(("", resource, None))}


def _meet_url(a: str, b: str) -> str | None:
    """Return the narrower of two URL patterns; being prefixes, they nest or have nothing in common."""
    if url_covers(b, a):
        return a
    return b if url_covers(a, b) else None
