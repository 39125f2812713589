"""Pod rules: which pods may be entered, by the live pod where the guard looks at it, else by those found allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gitops_breakglass.core.deny.compile.requests import seen
from gitops_breakglass.core.deny.compile.rights import NONE, Places
from gitops_breakglass.core.deny.ruleset import digest_of
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.deny import POD_SUBRESOURCES, DenyPolicy, PodOverride, PodRules
from gitops_breakglass.model.enforcement import (
    EVERYWHERE,
    MARKER_ANY,
    MARKER_GROUP,
    MARKER_RESOURCE,
    MARKER_VERB,
    InstalledGuard,
)
from gitops_breakglass.model.rules import PolicyRule


@dataclass(frozen=True)
class PodDenial:
    """One cell in one place that a policy's pod rules are about.

    `digest` is the rule set that the guard on pods holds for it, empty where it holds none. `looked_up` are the
    namespaces where pods have to be enumerated instead, `*` for every one that there is; `by_role` is whether a Role
    has to name them, there being no guard that takes parameters. With `is_blind` no pod is ever read for it.
    """

    policy: DenyPolicy
    rules: PodRules
    place: str
    cell: Cell
    verbs: Verbs
    digest: str = ""
    looked_up: tuple[str, ...] = ()
    by_role: bool = False
    is_blind: bool = False


def pod_denials(
    policies: Iterable[DenyPolicy], places: Places, guard: InstalledGuard, override: PodOverride | None
) -> tuple[PodDenial, ...]:
    """Return what pod rules are about, and by which means each is held."""
    found: list[PodDenial] = []
    for policy in policies:
        rules = policy.pods
        if rules is None:
            continue
        digest = digest_of(policy.name, rules, override)
        held_by_guard = digest if digest in guard.pod_rules else ""
        for place, cells in places.items():
            for cell, verbs in cells.items():
                kind, _, subresource = cell[1].partition("/")
                if not verbs or subresource not in rules.subresources:
                    continue
                if cell[0] or kind != "pods" or subresource not in POD_SUBRESOURCES:
                    # For anything else nobody reads a pod: the rules say at once what holds without one.
                    if not rules.fails_open:
                        found.append(PodDenial(policy, rules, place, cell, verbs, is_blind=True))
                elif not _is_exempt(rules, place):
                    found.append(_looked_at(PodDenial(policy, rules, place, cell, verbs), held_by_guard, guard))
    return tuple(found)


def marker(digests: Iterable[str]) -> PolicyRule:
    """Return the right that gives nothing and tells the guard which rule sets a grant is held to."""
    return PolicyRule((MARKER_VERB,), (MARKER_GROUP,), (MARKER_RESOURCE,), tuple(sorted({MARKER_ANY, *digests})))


def markers(kept: Places, pods: Iterable[PodDenial]) -> dict[str, tuple[PolicyRule]]:
    """Return the markers, one for each place whose pods the guard looks at."""
    digests: dict[str, set[str]] = {}
    for each in pods:
        if each.digest and each.verbs & kept.get(each.place, {}).get(each.cell, NONE):
            digests.setdefault(each.place, set()).add(each.digest)
    return {place: (marker(some),) for place, some in digests.items()}


def _looked_at(denial: PodDenial, digest: str, guard: InstalledGuard) -> PodDenial:
    place = denial.place
    if not digest:
        looked_up: tuple[str, ...] = (place or EVERYWHERE,)
    elif place:
        looked_up = (place,) if place in guard.uncovered else ()
    else:
        looked_up = tuple(sorted(each for each in guard.uncovered if not _is_exempt(denial.rules, each)))
    is_held = bool(digest) and place not in looked_up
    return PodDenial(
        denial.policy,
        denial.rules,
        place,
        denial.cell,
        denial.verbs,
        digest=digest if is_held else "",
        looked_up=looked_up,
        by_role=bool(looked_up) and not seen(guard, denial.cell, denial.verbs),
    )


def _is_exempt(rules: PodRules, namespace: str) -> bool:
    return bool(namespace) and matches_any(rules.exempt_namespaces, namespace)
