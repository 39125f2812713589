"""A grant compiled: what is left of it, what the guard has to refuse, and how each policy is held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gitops_breakglass.core.deny.compile.analysis import Analysis
from gitops_breakglass.core.deny.compile.bounds import too_large
from gitops_breakglass.core.deny.compile.denial import denials
from gitops_breakglass.core.deny.compile.enumerate import Enumerated, enumerate_names
from gitops_breakglass.core.deny.compile.facts import Cluster
from gitops_breakglass.core.deny.compile.guard import guard_rules, guarded, pod_rules
from gitops_breakglass.core.deny.compile.means import divide
from gitops_breakglass.core.deny.compile.notes import labels_within_reach, lists_that_show
from gitops_breakglass.core.deny.compile.per_namespace import cannot_move, move_rights
from gitops_breakglass.core.deny.compile.pod_denial import PodDenial, markers, pod_denials
from gitops_breakglass.core.deny.compile.refuse import nothing_left, refused, unreadable
from gitops_breakglass.core.deny.compile.rights import NONE, Places, Rights, scopes_of
from gitops_breakglass.core.deny.compile.status import enforcement_of
from gitops_breakglass.core.deny.compile.subtract import held_by_nothing_else, subtract
from gitops_breakglass.core.rbac.cells import Cell, Verbs, from_cells
from gitops_breakglass.model.deny import DenyPolicy, PodOverride
from gitops_breakglass.model.enforcement import Compiled
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import Discovery


def compose(analysis: Analysis, override: PodOverride | None, discovery: Discovery, cluster: Cluster) -> Compiled:
    """Return how one grant is given on its cluster, by the facts of that."""
    policies = analysis.policies
    locations = {each.name: each.location for each in policies}
    if lost := [unreadable(each) for each in policies if not each.is_readable]:
        return refused(lost, locations)
    facts = cluster.facts
    if problems := cannot_move(analysis.moves, facts.namespaces):
        return refused(problems, locations)
    rights, found, pods = analysis.left, analysis.denials, analysis.pods
    if analysis.moves:
        rights = move_rights(rights, analysis.moves, facts.namespaces or ())
        found = denials(policies, rights.cells, discovery)
        pods = pod_denials(policies, rights.cells, facts.guard, override)
    divided = tuple(divide(each, facts.guard, facts.namespaces) for each in found)
    kept = subtract(rights.cells, held_by_nothing_else(divided))
    signed = scopes_of(rights, kept)
    if analysis.rights and not signed:
        return refused(nothing_left(_takers(analysis)), locations)
    by_rules = guarded(divided, kept)
    by_pods, uncountable = pod_rules(pods, kept, override, cluster)
    named = enumerate_names(divided, pods, kept, override, cluster)
    guard = tuple(sorted({*guard_rules(by_rules), *by_pods}, key=repr))
    if problems := [*uncountable, *named.problems, *too_large(guard, locations)]:
        return refused(problems, locations)
    return Compiled(
        kept=signed,
        rendered=_rendered(rights, kept, named, pods),
        guard=guard,
        enforcement=enforcement_of(analysis, kept, divided, by_rules, pods, facts.namespaces),
        notes=(*lists_that_show(divided, kept), *labels_within_reach(found, pods, kept)),
        enumerated=_enumerated(rights, kept, named, pods),
        locations=locations,
    )


def _takers(analysis: Analysis) -> list[DenyPolicy]:
    """Return the policies that concern the grant, each once."""
    concern = analysis.denied
    found = (each.policy for part in (concern.denials, concern.pods, concern.impersonations) for each in part)
    return list({each.name: each for each in found}.values())


def _rendered(rights: Rights, kept: Places, named: Enumerated, pods: Iterable[PodDenial]) -> tuple[ScopedRules, ...]:
    """Return what the Roles hold now: cells of names in the place of every name, and markers."""
    cells = {place: _with(own, named.cells.get(place, {})) for place, own in subtract(kept, named.replaced).items()}
    marked = markers(kept, pods)
    return tuple(
        ScopedRules(each.namespace, (*each.rules, *marked.get(each.namespace, ())), each.source)
        for each in scopes_of(rights, cells)
    )


def _enumerated(rights: Rights, kept: Places, named: Enumerated, pods: Iterable[PodDenial]) -> tuple[ScopedRules, ...]:
    marked = markers(kept, pods)
    return tuple(
        ScopedRules(place, rules, rights.sources[place])
        for place in sorted(rights.sources)
        if (rules := (*from_cells(named.cells.get(place, {}), {}), *marked.get(place, ())))
    )


def _with(own: Mapping[Cell, Verbs], named: Mapping[Cell, Verbs]) -> dict[Cell, Verbs]:
    return {cell: own.get(cell, NONE) | named.get(cell, NONE) for cell in (*own, *named)}
