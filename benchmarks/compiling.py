"""Deny policies compiled into 1,000 grants: 50 policies, 5,000 pods, one core."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from statistics import median

from benchmarks.measure import duration, machine, say, spread, table
from gitops_breakglass.core.deny.compile import compile_denies, needs
from gitops_breakglass.core.deny.ruleset import digest_of
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.model.deny import (
    Action,
    Circumstances,
    Container,
    DenyPolicy,
    DenyRule,
    DenyScope,
    NamespaceFilter,
    Pod,
    PodRules,
    RiskFactors,
    Threshold,
)
from gitops_breakglass.model.enforcement import DenyFacts, InstalledGuard
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import ApiResource, Discovery

POLICIES, PODS, NAMESPACES, RESOURCES = 50, 5_000, 50, 60
ESCALATIONS = 20
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_HERE = Location("policies/deny.yaml", 1, 1)
_KINDS = ("secrets", "configmaps", "pods", "services", *(f"kind{number}s" for number in range(RESOURCES)))
_SERVED = Discovery(
    (
        *(ApiResource("", kind, _VERBS, namespaced=True) for kind in _KINDS),
        *(ApiResource("", f"pods/{below}", ("create", "get"), namespaced=True) for below in ("exec", "attach")),
    )
)


def run(grants: int, rounds: int, out: Callable[[str], None]) -> None:
    """Measure, each round on facts that nothing was compiled by yet, as in a run."""
    cases = {
        f"of {ESCALATIONS} escalations": _grants(grants, ESCALATIONS),
        "each with rights of its own": _grants(grants // 10, grants // 10),
    }
    rows = []
    for name, scopes in cases.items():
        times = []
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}: {len(scopes)} grants {name}")
            policies, facts = _policies(), _facts()
            begun = time.process_time()
            _compile(scopes, policies, facts)
            times.append(time.process_time() - begun)
        rows.append([f"{len(scopes):,} grants {name}", spread(times), duration(median(times) / len(scopes))])
    out(f"{POLICIES} policies, {PODS:,} pods in {NAMESPACES} namespaces; {machine()}\n")
    out(table(["what is compiled", "CPU time, one core", "a grant"], rows))


def _compile(scopes: list[tuple[ScopedRules, ...]], policies: tuple[DenyPolicy, ...], facts: DenyFacts) -> None:
    for number, each in enumerate(scopes):
        # Every grant has a request of its own, as in a run.
        under = Circumstances("prod", "acme", f"inc-{number}", f"escalation-{number % ESCALATIONS}")
        needs(each, policies, under, override=None, discovery=_SERVED, guard=facts.guard)
        found = compile_denies(each, policies, under, override=None, discovery=_SERVED, facts=facts)
        assert not found.problems, found.problems[0]


def _grants(many: int, different: int) -> list[tuple[ScopedRules, ...]]:
    dice = random.Random(7)
    made: list[tuple[ScopedRules, ...]] = []
    for number in range(different):
        kinds = dice.sample(_KINDS, 6)
        rules = (
            rule(dice.sample(_VERBS, 4), kinds),
            rule(["get", "list"], ["pods", "secrets"]),
        )
        place = "" if number % 4 == 0 else f"team-{number % NAMESPACES}"
        if place:
            rules = (*rules, rule(["create", "get"], ["pods/exec"]))
        # A handful holds everything that there is.
        elif number % ESCALATIONS == 0:
            rules = (*rules, rule(_VERBS, _KINDS))
        made.append((ScopedRules(place, rules, f"ClusterRole role-{number}"),))
    return [made[number % different] for number in range(many)]


def _policies() -> tuple[DenyPolicy, ...]:
    return tuple(_policy(number) for number in range(POLICIES))


def _policy(number: int) -> DenyPolicy:
    """Return one of four kinds: verbs of a few kinds, names of secrets, namespaces, and what pods may run."""
    kinds = _KINDS[number : number + 4]
    scope = DenyScope(clusters=("prod",)) if number % 2 else DenyScope(escalations=(f"escalation-{number % 20}", "*"))
    rules = (
        DenyRule(("delete", "deletecollection"), ("",), kinds, _HERE),
        DenyRule(("delete", "patch", "update"), ("",), ("secrets",), _HERE, resource_names=(f"db-{number}-*", "tls-*")),
        DenyRule(("create", "delete"), ("*",), ("*",), _HERE, namespaces=NamespaceFilter((f"kube-{number}", "prod-*"))),
    )
    return DenyPolicy(f"policy-{number}", _HERE, scope, rules=rules, pods=_pod_rules(number))


def _pod_rules(number: int) -> PodRules | None:
    if number % 3:
        return None
    risk = RiskFactors(host_network=20, privileged_container=50 + number, run_as_root=10)
    return PodRules(_HERE, risk, (Threshold(49, Action.ALLOW),), exempt_labels=(("team", str(number)),))


def _facts() -> DenyFacts:
    """Return a cluster whose guard holds every second set of pod rules; the pods of the others are enumerated."""
    dice = random.Random(11)
    shapes = [
        (
            dice.random() < 0.1,
            tuple(Container(f"c{at}", privileged=dice.random() < 0.1) for at in range(dice.randint(1, 3))),
        )
        for _ in range(200)
    ]
    pods: dict[str, list[Pod]] = {f"team-{number}": [] for number in range(NAMESPACES)}
    for number in range(PODS):
        place = f"team-{number % NAMESPACES}"
        host, containers = dice.choice(shapes)
        labels = {"app": f"app-{number % 300}"}
        # As they are read: no two pods share an object.
        own = tuple(Container(each.name, privileged=each.privileged) for each in containers)
        pods[place].append(Pod(place, f"web-{number}", labels, host_network=host, containers=own))
    held = (digest_of(each.name, each.pods, None) for each in _policies()[::2] if each.pods)
    return DenyFacts(
        guard=InstalledGuard(rules=True, pod_rules=frozenset(held)),
        namespaces={place: {} for place in pods},
        pods={place: tuple(some) for place, some in pods.items()},
    )
