"""Pods and pod rules drawn so that they meet: few names, few weights, and every field there, empty or missing."""

from __future__ import annotations

from random import Random
from typing import Any

from gitops_breakglass.core.deny.ruleset import RuleSet
from gitops_breakglass.model.deny import POD_SUBRESOURCES, Action, PodOverride, PodRules, RiskFactors, Threshold
from gitops_breakglass.model.finding import Location

CAPABILITIES = ("NET_ADMIN", "SYS_ADMIN", "net_admin", "ALL")
NAMESPACES = ("shop", "kube-system", "debug-1", "a")
LABELS = ("app", "debug/tool", 'quo"te')
VALUES = ("", "yes", "no")
FACTORS = (
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "privilegedContainer",
    "runAsRoot",
    "hostPathWritable",
    "hostPathReadOnly",
    "capability",
    "capability:NET_ADMIN",
    "nonsense",
)
_PATTERNS = ("*", "kube-*", "debug-?", "sho[a-p]", "[^a]*", "[", "shop")


def _some(random: Random, among: tuple[str, ...], most: int) -> list[str]:
    return [random.choice(among) for _ in range(random.randint(0, most))]


def _maybe(random: Random, **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if random.random() < 0.5}


def _container(random: Random, name: str) -> dict[str, Any]:
    context = _maybe(
        random,
        privileged=random.random() < 0.4,
        runAsUser=random.choice((0, 1000)),
        capabilities=_maybe(random, add=_some(random, CAPABILITIES, 3)),
    )
    mounts = [
        {
            "name": random.choice(("v0", "v1", "v2")),
            "mountPath": f"/m{index}",
            **_maybe(random, readOnly=random.random() < 0.6),
        }
        for index in range(random.randint(0, 2))
    ]
    return {"name": name, "image": "example.com/app:1", **_maybe(random, securityContext=context, volumeMounts=mounts)}


def a_pod(random: Random) -> dict[str, Any]:
    """A Pod as an API server has it, its fields there or not."""
    host = {each: random.random() < 0.7 for each in FACTORS[:3] if random.random() < 0.4}
    volumes = [
        {"name": f"v{index}", **({"hostPath": {"path": "/"}} if random.random() < 0.6 else {"emptyDir": {}})}
        for index in range(3)
    ]
    containers = {
        kind: [_container(random, f"{kind[:1].lower()}{index}") for index in range(random.randint(0, 2))]
        for kind in ("initContainers", "ephemeralContainers")
    }
    labels = {key: random.choice(VALUES) for key in LABELS if random.random() < 0.5}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-0", "namespace": random.choice(NAMESPACES), **_maybe(random, labels=labels)},
        "spec": {
            "containers": [_container(random, f"main{index}") for index in range(random.randint(1, 2))],
            **_maybe(random, volumes=volumes, **containers),
            **host,
        },
    }


def a_rule_set(random: Random) -> RuleSet:
    """Pod rules, under an override or none."""

    def points() -> int:
        return random.choice((0, 0, 1, 5, 10, 50, -7))

    risk = RiskFactors(
        *(points() for _ in range(7)),
        capabilities=tuple((each, points()) for each in CAPABILITIES if random.random() < 0.4),
    )
    thresholds = tuple(
        Threshold(random.choice((-8, 0, 1, 9, 10, 49, 60, 200)), random.choice(list(Action)), "{{.Pod}}: {{.Score}}")
        for _ in range(random.randint(0, 3))
    )
    pods = PodRules(
        Location("policies/drawn.yaml", 1, 1),
        risk,
        thresholds,
        block_factors=tuple(_some(random, FACTORS, 2)) if random.random() < 0.5 else (),
        subresources=POD_SUBRESOURCES,
        exempt_namespaces=tuple(_some(random, _PATTERNS[1:], 2)) if random.random() < 0.3 else (),
        exempt_labels=tuple((key, random.choice(VALUES)) for key in sorted(LABELS) if random.random() < 0.3),
    )
    override = PodOverride(
        max_allowed_score=random.choice((None, 0, 10, 60, 200)),
        exempt_factors=tuple(_some(random, FACTORS, 3)),
        namespaces=tuple(_some(random, _PATTERNS, 2)),
        everywhere=random.random() < 0.7,
    )
    return RuleSet("drawn", pods, override if random.random() < 0.5 else None)
