"""A grant compiled: what is left of it, what the guard has to refuse, and how each policy is held."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from gitops_breakglass.core.deny.compile.denial import denials
from gitops_breakglass.core.deny.compile.enumerate import Enumerated, enumerate_names
from gitops_breakglass.core.deny.compile.facts import Cluster
from gitops_breakglass.core.deny.compile.fits import unfit
from gitops_breakglass.core.deny.compile.guard import guard_rules, guarded, pod_rules
from gitops_breakglass.core.deny.compile.held import NONE, Held, Places, scopes_of, without
from gitops_breakglass.core.deny.compile.plan import Plan
from gitops_breakglass.core.deny.compile.pods import PodDenial, marker, pod_denials
from gitops_breakglass.core.deny.compile.reach import reach_notes
from gitops_breakglass.core.deny.compile.refuse import (
    Problem,
    nothing_left,
    too_many,
    unknown_namespaces,
    unreadable,
)
from gitops_breakglass.core.deny.compile.settle import gone_from, settle
from gitops_breakglass.core.deny.compile.spread import MOST_NAMESPACES, spread
from gitops_breakglass.core.deny.compile.told import enforcement_of, notes_of
from gitops_breakglass.core.rbac.cells import Cell, Verbs, from_cells
from gitops_breakglass.model.deny import DenyPolicy, PodOverride
from gitops_breakglass.model.enforcement import Compiled, Enforcement, Means
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import Discovery, PolicyRule


def compile_for(plan: Plan, override: PodOverride | None, discovery: Discovery, cluster: Cluster) -> Compiled:
    """Carry out the plan of one grant by the facts of its cluster."""
    policies = plan.policies
    locations = {each.name: each.location for each in policies}
    if lost := [unreadable(each) for each in policies if not each.is_readable]:
        return _refused(lost, locations)
    facts = cluster.facts
    if problems := _cannot_move(plan, facts.namespaces):
        return _refused(problems, locations)
    held, found, pods = plan.left, plan.denials, plan.pods
    if plan.moves:
        held = spread(held, plan.moves, facts.namespaces or ())
        found = denials(policies, held.cells, discovery)
        pods = pod_denials(policies, held.cells, facts.guard, override)
    settled = tuple(settle(each, facts.guard, facts.namespaces) for each in found)
    kept = without(held.cells, gone_from(settled))
    signed = scopes_of(held, kept)
    if plan.held and not signed:
        return _refused(nothing_left(_takers(plan)), locations)
    by_rules = guarded(settled, kept)
    by_pods, uncountable = pod_rules(pods, kept, override, cluster)
    named = enumerate_names(settled, pods, kept, override, cluster)
    guard = tuple(sorted({*guard_rules(by_rules), *by_pods}, key=repr))
    if problems := [*uncountable, *named.problems, *unfit(guard, locations)]:
        return _refused(problems, locations)
    return Compiled(
        kept=signed,
        rendered=_rendered(held, kept, named, pods),
        guard=guard,
        enforcement=enforcement_of(plan, kept, settled, by_rules, pods, facts.namespaces),
        notes=(*notes_of(settled, kept), *reach_notes(found, pods, kept)),
        enumerated=_enumerated(held, kept, named, pods),
        locations=locations,
    )


def _cannot_move(plan: Plan, namespaces: Collection[str] | None) -> list[Problem]:
    """Return why rights can't be given namespace by namespace, for each policy that asks for it."""
    if namespaces is None:
        return [unknown_namespaces(each.policy.name, each.location) for each in plan.moves]
    if len(namespaces) <= MOST_NAMESPACES:
        return []
    what = f"it would take a role in each of {len(namespaces)} namespaces"
    return [too_many(each.policy.name, each.location, what, MOST_NAMESPACES) for each in plan.moves]


def _takers(plan: Plan) -> list[DenyPolicy]:
    """Return the policies that concern the grant, each once."""
    concern = plan.first
    found = (each.policy for part in (concern.denials, concern.pods, concern.impersonations) for each in part)
    return list({each.name: each for each in found}.values())


def _refused(problems: Iterable[Problem], locations: Mapping[str, Location]) -> Compiled:
    """Return what grants nothing, each problem once and in the order of their places."""
    found = sorted(set(problems), key=lambda each: (str(each.reason.location), each.reason.message, each.policy))
    return Compiled(
        kept=(),
        rendered=(),
        enforcement=tuple(sorted({Enforcement(each.policy, Means.REFUSED, each.reason.message) for each in found})),
        problems=tuple(dict.fromkeys(each.reason for each in found)),
        locations=locations,
    )


def _rendered(held: Held, kept: Places, named: Enumerated, pods: Iterable[PodDenial]) -> tuple[ScopedRules, ...]:
    """Return what the Roles hold now: cells of names in the place of every name, and markers."""
    cells = {place: _with(own, named.cells.get(place, {})) for place, own in without(kept, named.replaced).items()}
    markers = _markers(kept, pods)
    return tuple(
        ScopedRules(each.namespace, (*each.rules, *markers.get(each.namespace, ())), each.source)
        for each in scopes_of(held, cells)
    )


def _enumerated(held: Held, kept: Places, named: Enumerated, pods: Iterable[PodDenial]) -> tuple[ScopedRules, ...]:
    markers = _markers(kept, pods)
    return tuple(
        ScopedRules(place, rules, held.sources[place])
        for place in sorted(held.sources)
        if (rules := (*from_cells(named.cells.get(place, {}), {}), *markers.get(place, ())))
    )


def _markers(kept: Places, pods: Iterable[PodDenial]) -> dict[str, tuple[PolicyRule]]:
    """Return the marker of each place whose pods the guard looks at."""
    digests: dict[str, set[str]] = {}
    for each in pods:
        if each.digest and each.verbs & kept.get(each.place, {}).get(each.cell, NONE):
            digests.setdefault(each.place, set()).add(each.digest)
    return {place: (marker(some),) for place, some in digests.items()}


def _with(own: Mapping[Cell, Verbs], named: Mapping[Cell, Verbs]) -> dict[Cell, Verbs]:
    return {cell: own.get(cell, NONE) | named.get(cell, NONE) for cell in (*own, *named)}
