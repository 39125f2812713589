"""What of a grant was needed: the smallest rules that the calls seen would have passed by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitops_breakglass.core.rbac.algebra import Attributes, allows, canonical
from gitops_breakglass.core.rbac.cells import Cell, Verbs, cells_of, from_cells, held_by, url_covers, urls_of, wider
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import ALL, Rules

READS = frozenset({"get", "list", "watch"})
LISTS = frozenset({"list", "watch"})
_NAMED_BY_PEOPLE: Mapping[str, frozenset[str]] = {
    "": frozenset({"configmaps", "persistentvolumeclaims", "secrets", "serviceaccounts", "services"}),
    "apps": frozenset({"daemonsets", "deployments", "statefulsets"}),
    "autoscaling": frozenset({"horizontalpodautoscalers"}),
    "batch": frozenset({"cronjobs"}),
    "networking.k8s.io": frozenset({"ingresses", "networkpolicies"}),
    "policy": frozenset({"poddisruptionbudgets"}),
}
"""Kinds whose names last from one incident to the next: a rule on a pod's generated name would never fit again."""
_MOST_NAMES = 10
"""Objects of one kind that are named one by one; who needed more of them needed the kind."""


@dataclass(frozen=True, order=True)
class Asked:
    """One call as the authorizer saw it; an empty `namespace` is the whole cluster, or a kind that has none."""

    namespace: str
    attributes: Attributes


@dataclass(frozen=True, order=True)
class Right:
    """One verb on one resource in one scope, as a grant's rules spell it: the unit in which rights are counted."""

    namespace: str
    group: str
    resource: str
    """A resource, or with an empty `verb` left out of it a URL."""
    verb: str


@dataclass(frozen=True)
class Needed:
    """What of a grant was used, and the rules that would do next time."""

    scopes: tuple[ScopedRules, ...]
    """Never more than was granted; a right granted on the whole cluster and used in one namespace stands in that one."""
    granted: int
    used: int
    """Rights, each a verb on a resource in a scope. A wildcard is one right, as it stands."""
    unused: tuple[Right, ...] = ()


def needed(granted: Sequence[ScopedRules], calls: Iterable[Asked]) -> Needed:
    """Return what the calls needed of a grant; calls that it does not allow are no use of it and are left out.

    A name stays in a rule where the grant itself had names, or where the kind is one whose objects people name; reading
    by name is pointless, and not asked for, beside a list of the same kind.
    """
    rights = rights_of(granted)
    used: set[Right] = set()
    asked: defaultdict[str, set[Attributes]] = defaultdict(set)
    for call in set(calls):
        if (scope := _scope(granted, call)) is not None:
            used.add(_right(scope, call.attributes))
            asked[call.namespace].add(call.attributes)
    scopes = tuple(
        ScopedRules(namespace, _smallest(asked[namespace], _held(granted, namespace)), _source(granted, namespace))
        for namespace in sorted(asked)
    )
    return Needed(scopes, len(rights), len(used), tuple(sorted(rights - used)))


def rights_of(scopes: Iterable[ScopedRules]) -> set[Right]:
    """Return every right of a grant once, whatever names it is bound to."""
    found = set()
    for scope in scopes:
        rules = canonical(scope.rules)
        for (group, resource, _), verbs in cells_of(rules).items():
            found |= {Right(scope.namespace, group, resource, verb) for verb in verbs}
        for url, verbs in urls_of(rules).items():
            found |= {Right(scope.namespace, "", url, verb) for verb in verbs}
    return found


def _scope(granted: Sequence[ScopedRules], call: Asked) -> ScopedRules | None:
    """Return what allows a call: of its namespace if that does, else of the whole cluster."""
    if ALL in f"{call.attributes.group}{call.attributes.resource}{call.attributes.url}":
        # Nothing has such a name, but in a rule it would stand for everything.
        return None
    fitting = [
        each for each in granted if each.namespace in {call.namespace, ""} and allows(each.rules, call.attributes)
    ]
    return max(fitting, key=lambda each: each.namespace, default=None)


def _right(scope: ScopedRules, asked: Attributes) -> Right:
    """Return the right of a scope that allows this, the narrowest where several do."""
    rules = canonical(scope.rules)
    if asked.url:
        urls = [(url, verb) for url, verbs in urls_of(rules).items() if url_covers(url, asked.url) for verb in verbs]
        url, verb = max(
            (each for each in urls if each[1] in {asked.verb, ALL}), key=lambda each: (len(each[0]), each[1])
        )
        return Right(scope.namespace, "", url, verb)
    cells = wider((asked.group, asked.resource, asked.name))
    found = [
        Right(scope.namespace, group, resource, verb)
        for (group, resource, name), verbs in cells_of(rules).items()
        for verb in verbs & {asked.verb, ALL}
        if (group, resource, name) in cells
    ]
    # A star sorts before every letter.
    return max(found, key=lambda each: (each.resource, each.group, each.verb))


def _held(granted: Iterable[ScopedRules], namespace: str) -> Rules:
    return tuple(rule for each in granted if each.namespace in {namespace, ""} for rule in each.rules)


def _source(granted: Iterable[ScopedRules], namespace: str) -> str:
    return ", ".join(dict.fromkeys(each.source for each in granted if each.namespace in {namespace, ""}))


def _smallest(asked: Iterable[Attributes], held: Rules) -> Rules:
    """Return the rules for these calls in one scope, of which each is allowed by what is `held`."""
    found: defaultdict[Cell, set[str]] = defaultdict(set)
    urls: defaultdict[str, set[str]] = defaultdict(set)
    for each in asked:
        if each.url:
            urls[each.url].add(each.verb)
        else:
            found[each.group, each.resource, each.name or None].add(each.verb)
    cells = {cell: frozenset(verbs) for cell, verbs in found.items()}
    return canonical(
        from_cells(dict(_named(cells, cells_of(held))), {url: frozenset(verbs) for url, verbs in urls.items()})
    )


def _named(cells: Mapping[Cell, Verbs], held: Mapping[Cell, Verbs]) -> Iterator[tuple[Cell, Verbs]]:
    """Yield the cells, without a name where that is no use; never without one that the grant had."""
    found: defaultdict[Cell, set[str]] = defaultdict(set)
    for (group, resource, name), verbs in cells.items():
        kind = (group, resource, None)
        everywhere = held_by(held, wider(kind))
        listed = bool(cells.get(kind, frozenset()) & LISTS)
        names = {each for each in cells if each[:2] == (group, resource) and each[2] is not None}
        plain = resource.partition("/")[0] not in _NAMED_BY_PEOPLE.get(group, ()) or len(names) > _MOST_NAMES
        for verb in verbs:
            nameless = name is not None and (plain or (listed and verb in READS))
            may_be = verb in everywhere or ALL in everywhere
            found[(group, resource, None if nameless and may_be else name)].add(verb)
    yield from ((cell, frozenset(verbs)) for cell, verbs in found.items())
