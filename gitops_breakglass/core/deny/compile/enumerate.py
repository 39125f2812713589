"""Names of live objects in the place of every name: where the guard sees nothing, and for reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitops_breakglass.core.deny.compile.bounds import MOST_NAMES
from gitops_breakglass.core.deny.compile.facts import Cluster
from gitops_breakglass.core.deny.compile.means import Division
from gitops_breakglass.core.deny.compile.pod_denial import PodDenial
from gitops_breakglass.core.deny.compile.refuse import Problem, too_many, unknown_names
from gitops_breakglass.core.deny.compile.rights import NONE, Places
from gitops_breakglass.core.deny.match import names_match
from gitops_breakglass.core.deny.ruleset import digest_of
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.deny import DenyRule, PodOverride


@dataclass
class Wanted:
    """What of one verb on one cell may be named: not by these rules, and only these pods."""

    rules: list[tuple[str, DenyRule]] = field(default_factory=list)
    pods: list[frozenset[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Enumerated:
    """The cells with names, place by place, and the verbs that they stand for in cells of every name."""

    cells: Mapping[str, Mapping[Cell, Verbs]]
    replaced: Mapping[str, Mapping[Cell, Verbs]]
    problems: tuple[Problem, ...] = ()


def enumerate_names(
    divided: Iterable[Division],
    pods: Iterable[PodDenial],
    kept: Places,
    override: PodOverride | None,
    cluster: Cluster,
) -> Enumerated:
    """Name what is allowed of every cell that RBAC alone has to hold."""
    wanted = _wanted(divided, pods, kept, override, cluster)
    cells: defaultdict[str, defaultdict[Cell, set[str]]] = defaultdict(lambda: defaultdict(set))
    replaced: defaultdict[str, dict[Cell, Verbs]] = defaultdict(dict)
    problems: dict[Problem, None] = {}
    for (place, cell), verbs in wanted.items():
        replaced[place][cell] = frozenset(verbs)
        for verb, asked in verbs.items():
            names = _allowed(asked, place, cell, cluster)
            if isinstance(names, Problem):
                problems[names] = None
                continue
            for name in names:
                cells[place][cell[0], cell[1], name].add(verb)
    told = {place: {cell: frozenset(verbs) for cell, verbs in own.items()} for place, own in cells.items()}
    return Enumerated(told, replaced, tuple(problems))


def _wanted(
    divided: Iterable[Division],
    pods: Iterable[PodDenial],
    kept: Places,
    override: PodOverride | None,
    cluster: Cluster,
) -> dict[tuple[str, Cell], dict[str, Wanted]]:
    wanted: defaultdict[tuple[str, Cell], defaultdict[str, Wanted]] = defaultdict(lambda: defaultdict(Wanted))
    for each in divided:
        denial = each.denial
        for verb in each.enumerated & kept.get(denial.place, {}).get(denial.cell, NONE):
            wanted[denial.place, denial.cell][verb].rules.append((denial.policy.name, denial.rule))
    for pod in pods:
        if not pod.by_role:
            continue
        digest = digest_of(pod.policy.name, pod.rules, override)
        allowed = cluster.allowed(digest, pod.rules, override, pod.place or "*") or ()
        names = frozenset(name for _, name in allowed)
        for verb in pod.verbs & kept.get(pod.place, {}).get(pod.cell, NONE):
            wanted[pod.place, pod.cell][verb].pods.append(names)
    return {key: dict(verbs) for key, verbs in wanted.items()}


def _allowed(asked: Wanted, place: str, cell: Cell, cluster: Cluster) -> frozenset[str] | Problem:
    group, resource, name = cell
    known: frozenset[str] | str
    if asked.pods:
        known = frozenset.intersection(*asked.pods)
        if name is not None:
            known &= {name}
    else:
        known = cluster.names(group, resource.partition("/")[0], place)
    if isinstance(known, str):
        policy, rule = asked.rules[0]
        return unknown_names(policy, rule, resource, place, known)
    names = frozenset(
        each for each in known if not any(names_match(rule.resource_names, each) for _, rule in asked.rules)
    )
    if len(names) > MOST_NAMES and asked.rules:
        policy, rule = asked.rules[0]
        return too_many(policy, rule.location, f"{len(names)} {resource} would have to be named one by one", MOST_NAMES)
    return names
