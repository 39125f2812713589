"""What the rules of policies keep away from what is held: for each rule, place and cell the verbs, and what decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from itertools import product
from typing import TypeAlias

from gitops_breakglass.core.deny.compile.requests import COLLECTION, LISTS, is_proxied, nameless, opening, reached
from gitops_breakglass.core.deny.compile.rights import NONE, Cells, Places
from gitops_breakglass.core.deny.match import has_word, in_namespaces, names_match
from gitops_breakglass.core.deny.scope import is_for_place
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.deny import DenyPolicy, DenyRule
from gitops_breakglass.model.rules import ALL, Discovery

Kind: TypeAlias = tuple[str, str]
"""Group and resource, without a subresource."""
NAMESPACES: Kind = ("", "namespaces")
_READS = frozenset({"get", *LISTS})


class Where(Enum):
    """What decides whether a rule is for the namespaces of a place."""

    ALL = auto()
    """Nothing: it is for all of them."""
    LABELS = auto()
    """The labels that the place's namespace has at the time."""
    SOME = auto()
    """The namespace of the request: the place is the whole cluster."""


@dataclass(frozen=True)
class Denial:
    """The verbs of one cell in one place that one rule keeps away.

    With `by_name` only for the names of the rule. `shown` are lists, which tell what is there by such a name all the
    same: their requests carry none. `exact` is whether all of `verbs` would be denied, were they asked for.
    """

    policy: DenyPolicy
    rule: DenyRule
    place: str
    cell: Cell
    verbs: Verbs
    where: Where
    by_name: bool = False
    shown: Verbs = NONE
    exact: bool = True

    @property
    def is_decided(self) -> bool:
        """Whether it is always denied, whatever the object and its namespace."""
        return self.where is Where.ALL and not self.by_name


def denials(policies: Iterable[DenyPolicy], places: Places, discovery: Discovery) -> tuple[Denial, ...]:
    """Return what the policies' rules keep away from the cells of each place."""
    kinds = Kinds.of(discovery)
    indexes = {place: _index(cells) for place, cells in places.items()}
    return tuple(
        found
        for policy in policies
        for rule in policy.rules
        for place, index in indexes.items()
        if is_for_place(rule, place)
        for kind, cells in _meant(rule, index)
        if (where := _where(rule, place, is_namespaced=kinds.are_namespaced(kind))) is not None
        for cell in cells
        for at, held in _in_none(rule, kind, where, kinds.may_lack_one(rule, kind, places[place][cell]))
        for found in _denials(
            # A list of one namespace goes with the list of all of them.
            Denial(policy, rule, place, cell, NONE, at, exact=not rule.cluster_wide or kind in kinds.clustered),
            held,
        )
    )


@dataclass(frozen=True)
class Kinds:
    """Which resources have a namespace, as far as the cluster tells."""

    namespaced: frozenset[Kind]
    clustered: frozenset[Kind]

    @classmethod
    def of(cls, discovery: Discovery) -> Kinds:
        """Read it from what is served."""
        told = {(each.group, each.name): each.namespaced for each in discovery.resources}
        return cls(
            frozenset(kind for kind, is_namespaced in told.items() if is_namespaced),
            # The API server takes the name of a Namespace for the namespace of the request, so they are not among these.
            frozenset(kind for kind, is_namespaced in told.items() if not is_namespaced) - {NAMESPACES},
        )

    def are_namespaced(self, kind: Kind) -> bool:
        """Whether requests for it may have a namespace; so they may where nobody knows it."""
        return kind not in self.clustered

    def may_lack_one(self, rule: DenyRule, kind: Kind, verbs: Verbs) -> Verbs:
        """Return those of the verbs that a rule about requests without a namespace is for."""
        if not rule.cluster_wide or kind in self.clustered:
            return verbs
        if kind == NAMESPACES:
            return verbs & (LISTS | {"create", COLLECTION})
        # A resource that is not served may come, with or without namespaces; without any, nobody asked the cluster.
        return verbs if self.namespaced and kind not in self.namespaced else verbs & LISTS


def _index(cells: Cells) -> dict[Kind, list[Cell]]:
    """Return the cells by group and resource, a subresource's with those of its resource."""
    found: defaultdict[Kind, list[Cell]] = defaultdict(list)
    for cell in cells:
        found[cell[0], cell[1].partition("/")[0]].append(cell)
    return found


def _meant(rule: DenyRule, index: dict[Kind, list[Cell]]) -> Iterator[tuple[Kind, list[Cell]]]:
    kinds: Iterable[Kind] = dict.fromkeys(product(rule.api_groups, rule.resources))
    if ALL in rule.api_groups or ALL in rule.resources:
        kinds = [kind for kind in index if has_word(rule.api_groups, kind[0]) and has_word(rule.resources, kind[1])]
    for kind in kinds:
        cells = index.get(kind, [])
        if rule.subresources:
            cells = [cell for cell in cells if has_word(rule.subresources, cell[1].partition("/")[2])]
        if cells:
            yield kind, cells


def _where(rule: DenyRule, place: str, *, is_namespaced: bool) -> Where | None:
    """Return what decides, or None where the rule is for no namespace of the place."""
    wanted = rule.namespaces
    if rule.cluster_wide:
        return Where.ALL if in_namespaces(wanted, "", None) else None
    if wanted.is_empty or ALL in wanted.patterns:
        return Where.ALL
    if not place and is_namespaced:
        return Where.SOME
    answer = in_namespaces(wanted, place, None)
    if answer is None:
        return Where.LABELS
    return Where.ALL if answer else None


def _in_none(rule: DenyRule, kind: Kind, where: Where, held: Verbs) -> Iterator[tuple[Where, Verbs]]:
    """Divide what is held by what decides: the making of a Namespace is in none, though admission takes it to be in itself."""
    made = held & {"create"} if kind == NAMESPACES and where is Where.SOME else NONE
    if made and in_namespaces(rule.namespaces, "", None):
        yield Where.ALL, made
        held -= made
    yield where, held


def _denials(found: Denial, held: Verbs) -> Iterator[Denial]:
    """Complete a denial of what is held on its cell: with the verbs, and whether it hangs on names."""
    rule, cell = found.rule, found.cell
    asked = held if ALL in rule.verbs else held & frozenset(rule.verbs)
    # To delete a collection is to delete each object in it; upstream takes the two for different things. So it does the
    # two ways to open a stream.
    verbs = asked | (held & {COLLECTION} if has_word(rule.verbs, "delete") else NONE) | (held & opening(cell, asked))
    name = cell[2]
    if not verbs or (name is not None and not _is_meant(rule, cell, name)):
        return
    # A namespace that is made is in none by its request, and in itself for admission.
    exact = found.exact and not (found.where is Where.SOME and cell[:2] == NAMESPACES and "create" in verbs)
    if name is not None or not rule.resource_names or ALL in rule.resource_names:
        is_named = name is None or names_match(rule.resource_names, name)
        yield replace(found, verbs=verbs, exact=exact and verbs == asked and is_named)
        return
    exact = exact and verbs <= asked | {COLLECTION} and not is_proxied(cell)
    without_name = nameless(cell, verbs)
    if _takes_no_name(rule.resource_names):
        if without_name:
            yield replace(found, verbs=without_name, exact=exact and without_name <= asked)
        if verbs - without_name:
            yield replace(found, verbs=verbs - without_name, by_name=True, exact=exact)
        return
    is_below = "/" in cell[1]
    if is_below and (lists := verbs & LISTS):
        # What is below a resource has no lists: such a right is of no use, and goes. Of the other verbs that says nothing.
        yield replace(found, verbs=lists, by_name=True, exact=False)
    shown = held & LISTS if asked & _READS and not is_below else NONE
    yield replace(found, verbs=verbs - LISTS, by_name=True, shown=shown, exact=exact and without_name <= LISTS)


# Asked for each cell, and most rules have the same few names for all of them.
@lru_cache(maxsize=1024)
def _takes_no_name(patterns: tuple[str, ...]) -> bool:
    return names_match(patterns, "")


def _is_meant(rule: DenyRule, cell: Cell, name: str) -> bool:
    return names_match(rule.resource_names, name) or names_match(rule.resource_names, reached(cell, name))
