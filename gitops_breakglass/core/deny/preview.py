"""What deny policies come to for a request before it is granted: as a cluster holds them, or as far as can be known without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gitops_breakglass.core.deny.compile import compile_denies, needs
from gitops_breakglass.core.deny.compile.refuse import NOT_ENFORCEABLE, UNREADABLE
from gitops_breakglass.core.deny.compile.words import rights_in_words
from gitops_breakglass.core.deny.imagined import facts_for, facts_of_folder, kinds_for, names_for, something_else
from gitops_breakglass.core.rbac.cells import Cell, Verbs, cells_of
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.deny import GLOBAL, Circumstances, DenyPolicy, NamespaceFilter, PodOverride
from gitops_breakglass.model.enforcement import Compiled, DenyFacts, Enforcement, Needs
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import ALL

_NOBODY = Circumstances()


@dataclass(frozen=True)
class Preview:
    """How each policy that concerns a request is held, and what is left of it.

    `left` is None where only a cluster could tell. `problems` are why nothing would be granted, `doubts` why that may be so.
    """

    enforcement: tuple[Enforcement, ...] = ()
    left: tuple[ScopedRules, ...] | None = None
    problems: tuple[Reason, ...] = ()
    doubts: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    needs: Needs = Needs()  # noqa: RUF009 - frozen, and empty
    places: tuple[tuple[str, Location], ...] = ()
    """Where each of the policies is."""

    @property
    def remains(self) -> str:
        """What is left, in few words."""
        cells: dict[Cell, Verbs] = {}
        for scope in self.left or ():
            for cell, verbs in cells_of(scope.rules).items():
                cells[cell] = cells.get(cell, frozenset()) | verbs
        return rights_in_words(cells) or "nothing but URLs"

    def location(self, policy: str) -> Location | None:
        """Return where a policy is."""
        return dict(self.places).get(policy)


def preview_of(found: Compiled) -> Preview:
    """Return what was compiled for a cluster, as it is told."""
    return replace(_told(found), left=found.kept, problems=found.problems)


def preview_without(
    scopes: Sequence[ScopedRules],
    policies: Sequence[DenyPolicy],
    override: PodOverride | None,
    *,
    may_be_more: bool,
    folder: str | None = None,
) -> Preview:
    """Return what can be known without a cluster, with the guard taken for installed as this policy side has it.

    `folder` is the name of a cluster that is reached by a folder of manifests: nothing guards there, ever. `may_be_more` is whether the cluster may add rights. A problem is one only where no cluster could make it none.
    """
    if not policies:
        return Preview(left=tuple(scopes))
    return _without(tuple(scopes), _for_all(policies), override, may_be_more=may_be_more, folder=folder)


def _without(
    scopes: tuple[ScopedRules, ...],
    policies: tuple[DenyPolicy, ...],
    override: PodOverride | None,
    *,
    may_be_more: bool,
    folder: str | None,
) -> Preview:
    discovery = kinds_for(scopes, policies)
    facts = facts_for(policies, override) if folder is None else DenyFacts()
    asked = needs(scopes, policies, _NOBODY, override=override, discovery=discovery, guard=facts.guard)
    facts = replace(facts, names=names_for(asked)) if folder is None else facts_of_folder(folder, asked)
    found = compile_denies(scopes, policies, _NOBODY, override=override, discovery=discovery, facts=facts)
    by_wildcard = bool(discovery.resources)
    # Of a folder nothing more will be known, so what can't be held now can't be held then.
    certain = {UNREADABLE} if folder is None or by_wildcard else {UNREADABLE, NOT_ENFORCEABLE}
    sure = tuple(each for each in found.problems if each.rule in certain)
    if found.problems and not sure:
        more = (*scopes, something_else()) if may_be_more or by_wildcard else scopes
        of_all = any(not each.namespace for each in scopes)
        lenient = tuple(_at_least(each, of_all=of_all) for each in policies)
        sure = compile_denies(more, lenient, _NOBODY, override=override, discovery=discovery, facts=facts).problems
    return replace(
        _told(found),
        left=None if by_wildcard or asked.namespaces else found.kept,
        problems=sure,
        doubts=() if sure else found.problems,
        needs=asked,
    )


def _at_least(policy: DenyPolicy, *, of_all: bool) -> DenyPolicy:
    """Return what a policy denies whatever namespaces there are and whatever labels they have.

    `of_all` is whether something is granted on the whole cluster, of which a pattern leaves what it does not match.
    """
    rules = (
        replace(each, namespaces=NamespaceFilter(each.namespaces.patterns))
        for each in policy.rules
        if each.namespaces.is_empty or ALL in each.namespaces.patterns or (each.namespaces.patterns and not of_all)
    )
    return replace(policy, rules=tuple(rules), pods=None)


def _told(found: Compiled) -> Preview:
    return Preview(enforcement=found.enforcement, notes=found.notes, places=tuple(sorted(found.locations.items())))


def _for_all(policies: Sequence[DenyPolicy]) -> tuple[DenyPolicy, ...]:
    """Return the policies without scopes, which have been looked at when they were selected."""
    return tuple(replace(each, scope=GLOBAL) for each in policies)
