"""How risky the pods of a debug session are, by the evaluator of deny policies: for whoever reviews it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_breakglass.core.deny.pods import factors, judge_pod, score
from gitops_breakglass.core.read.pod import read_pod
from gitops_breakglass.model.debug_grant import DebugGrant, Injection, Part, SessionObject
from gitops_breakglass.model.deny import Answer, DenyPolicy, Pod, RiskFactors

POINTS = RiskFactors(
    host_network=20,
    host_pid=25,
    host_ipc=15,
    privileged_container=60,
    run_as_root=10,
    host_path_writable=40,
    host_path_read_only=15,
    capabilities=(
        ("BPF", 30),
        ("DAC_READ_SEARCH", 20),
        ("NET_ADMIN", 15),
        ("NET_RAW", 5),
        ("SYS_ADMIN", 50),
        ("SYS_MODULE", 50),
        ("SYS_PTRACE", 25),
        ("SYS_RAWIO", 30),
    ),
)
"""Points for comparing one session with another, where no deny policy has weights of its own; they decide nothing."""


@dataclass(frozen=True)
class PolicySays:
    """What one deny policy says of getting into a pod."""

    policy: str
    answer: Answer
    reason: str
    score: int


@dataclass(frozen=True)
class PodRisk:
    """One pod of a session, by the object that it comes from; `score` is by POINTS."""

    what: str
    score: int
    factors: tuple[str, ...]
    policies: tuple[PolicySays, ...] = ()


def risks_of(grant: DebugGrant, policies: Sequence[DenyPolicy]) -> tuple[PodRisk, ...]:
    """Return the risk of each pod that a session makes, and of each container that it adds, which is looked at alone.

    `policies` are those that hold for the request; only those with pod rules have something to say.
    """
    return tuple(
        PodRisk(what, score(pod, POINTS), factors(pod, POINTS), tuple(_said(pod, policies)))
        for what, pod in _pods(grant)
    )


def _pods(grant: DebugGrant) -> Iterator[tuple[str, Pod]]:
    for each in grant.objects:
        if (manifest := pod_of(each)) is not None:
            yield str(each.key), read_pod(manifest)
    for injection in grant.injections:
        yield f"container {injection.name} in Pod {injection.namespace}/{injection.pod}", read_pod(_alone(injection))


def pod_of(made: SessionObject) -> Mapping[str, Any] | None:
    """Return the pod that an object is or makes, in Kubernetes' own form; None for anything else."""
    if made.part is Part.POD:
        return made.manifest
    if made.part is not Part.WORKLOAD:
        return None
    template = made.manifest["spec"]["template"]
    metadata = {**template.get("metadata", {}), "namespace": made.key.namespace, "name": made.key.name}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def _alone(injection: Injection) -> Mapping[str, Any]:
    return {
        "metadata": {"namespace": injection.namespace, "name": injection.pod},
        "spec": {"ephemeralContainers": [injection.container]},
    }


def _said(pod: Pod, policies: Iterable[DenyPolicy]) -> Iterator[PolicySays]:
    for policy in policies:
        if policy.pods is None:
            continue
        judged = judge_pod(policy.pods, pod)
        yield PolicySays(policy.name, judged.answer, judged.reason or "", judged.score or 0)
