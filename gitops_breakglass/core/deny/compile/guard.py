"""What the guard refuses to a grant's subject: the parameters of the admission policy on rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gitops_breakglass.core.deny.compile.bounds import MOST_PODS
from gitops_breakglass.core.deny.compile.denial import Denial, Where
from gitops_breakglass.core.deny.compile.facts import Cluster
from gitops_breakglass.core.deny.compile.means import Division
from gitops_breakglass.core.deny.compile.pod_denial import PodDenial
from gitops_breakglass.core.deny.compile.refuse import Problem, too_many
from gitops_breakglass.core.deny.compile.requests import is_connected
from gitops_breakglass.core.deny.compile.rights import NONE, Places
from gitops_breakglass.core.deny.ruleset import digest_of
from gitops_breakglass.core.glob import SPECIAL
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.deny import ANYWHERE, NamespaceFilter, PodOverride
from gitops_breakglass.model.enforcement import EVERYWHERE, GuardRule

_NOT_FOUND = "this pod was not found allowed when the grant was last looked at"
_INSTALL = "run install again, so that the cluster looks at the pods itself, or give the rights in fewer namespaces"
_CHANGES = frozenset({"update", "patch"})
_Kind = tuple[str, str, str]


@dataclass(frozen=True)
class Guarded:
    """What of a denial the guard refuses, in verbs, and whether it refuses nothing else."""

    denial: Denial
    verbs: Verbs
    exact: bool


@dataclass(frozen=True)
class _Key:
    """What the cells of one parameter have in common."""

    policy: str
    names: tuple[str, ...] = ()
    namespaces: NamespaceFilter = ANYWHERE


def guarded(divided: Iterable[Division], kept: Places) -> tuple[Guarded, ...]:
    """Return what has to be guarded of what is kept."""
    held: defaultdict[tuple[str, str], Verbs] = defaultdict(frozenset)
    for own in kept.values():
        for (group, resource, _), verbs in own.items():
            held[group, resource] |= verbs
    return tuple(found for each in divided if (found := _guarded(each, kept, held)) is not None)


def _guarded(divided: Division, kept: Places, held: Mapping[tuple[str, str], Verbs]) -> Guarded | None:
    denial = divided.denial
    own = kept.get(denial.place, {}).get(denial.cell, NONE)
    verbs = divided.guarded & own
    if not verbs:
        return None
    every = held[denial.cell[:2]]
    exact = denial.exact
    if is_connected(denial.cell):
        # A connection is refused whatever its verb.
        exact = exact and every <= verbs
    elif verbs & _CHANGES:
        # Admission can't tell an update from a patch. An update that makes the object is a creation to it; of a patch that
        # does so it hears that it was one.
        exact = exact and every & _CHANGES <= verbs
        if "update" in verbs and "create" in every - verbs and "/" not in denial.cell[1]:
            verbs |= {"create"}
            exact = False
    return Guarded(denial, verbs, exact)


def guard_rules(found: Iterable[Guarded]) -> tuple[GuardRule, ...]:
    """Return the parameters, as few as say the same."""
    cells: defaultdict[_Key, defaultdict[str, dict[_Kind, Verbs]]] = defaultdict(lambda: defaultdict(dict))
    for each in found:
        denial = each.denial
        name = denial.cell[2]
        names = (literal(name),) if name is not None else denial.rule.resource_names if denial.by_name else ()
        namespaces = ANYWHERE if denial.where is Where.ALL else denial.rule.namespaces
        own = cells[_Key(denial.policy.name, names, namespaces)][denial.place]
        kind = _kind(denial.cell)
        own[kind] = own.get(kind, NONE) | each.verbs
    return tuple(rule for key, places in cells.items() for rule in _rules(key, places))


def pod_rules(
    found: Iterable[PodDenial], kept: Places, override: PodOverride | None, cluster: Cluster
) -> tuple[tuple[GuardRule, ...], tuple[Problem, ...]]:
    """Return the parameters that let only those pods be entered that were found allowed, and what stands against it."""
    rules: list[GuardRule] = []
    problems: list[Problem] = []
    for each in found:
        verbs = each.verbs & kept.get(each.place, {}).get(each.cell, NONE)
        if not verbs or not each.looked_up or each.by_role:
            continue
        group, resource, subresource = _kind(each.cell)
        digest = digest_of(each.policy.name, each.rules, override)
        allowed = [
            f"{namespace}/{name}"
            for place in each.looked_up
            for namespace, name in cluster.allowed(digest, each.rules, override, place) or ()
            if each.cell[2] in (None, name)
        ]
        if len(allowed) > MOST_PODS:
            what = f"{len(allowed)} pods would have to be named one by one"
            problems.append(too_many(each.policy.name, each.rules.location, what, MOST_PODS, _INSTALL))
            continue
        rules.append(
            GuardRule(
                each.policy.name,
                tuple(sorted(verbs)),
                (group,),
                (resource,),
                (subresource,),
                places=() if each.looked_up == (EVERYWHERE,) else each.looked_up,
                names=() if each.cell[2] is None else (literal(each.cell[2]),),
                except_names=tuple(sorted(allowed)),
                reason=_NOT_FOUND,
            )
        )
    return _together(rules), tuple(problems)


def _together(rules: Iterable[GuardRule]) -> tuple[GuardRule, ...]:
    """Make one of those that differ in the subresource only: the names of pods are most of them."""
    found: defaultdict[GuardRule, set[str]] = defaultdict(set)
    for each in rules:
        found[replace(each, subresources=())].update(each.subresources)
    return tuple(replace(each, subresources=_sorted(words)) for each, words in found.items())


def literal(name: str) -> str:
    """Return the glob that matches this name only."""
    return "".join(f"\\{each}" if each in SPECIAL else each for each in name)


def _kind(cell: Cell) -> _Kind:
    resource, _, subresource = cell[1].partition("/")
    return cell[0], resource, subresource


def _rules(key: _Key, places: Mapping[str, Mapping[_Kind, Verbs]]) -> Iterator[GuardRule]:
    """Put together places with the same cells, and then verbs, groups, resources and subresources that go together."""
    alike: defaultdict[tuple[tuple[_Kind, Verbs], ...], list[str]] = defaultdict(list)
    for place, cells in places.items():
        alike[tuple(sorted(cells.items(), key=lambda item: item[0]))].append(place)
    for cells_there, together in alike.items():
        kinds: defaultdict[tuple[str, str, Verbs], set[str]] = defaultdict(set)
        for (group, resource, subresource), verbs in cells_there:
            kinds[group, subresource, verbs].add(resource)
        below: defaultdict[tuple[str, frozenset[str], Verbs], set[str]] = defaultdict(set)
        for (group, subresource, verbs), resources in kinds.items():
            below[group, frozenset(resources), verbs].add(subresource)
        groups: defaultdict[tuple[frozenset[str], frozenset[str], Verbs], set[str]] = defaultdict(set)
        for (group, among, verbs), subresources in below.items():
            groups[among, frozenset(subresources), verbs].add(group)
        for (among, subresources_there, verbs), some in groups.items():
            yield GuardRule(
                key.policy,
                _sorted(verbs),
                _sorted(some),
                _sorted(among),
                _sorted(subresources_there),
                places=() if "" in together else _sorted(together),
                names=key.names,
                namespaces=key.namespaces,
            )


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words))
