"""What pod rules say of a pod that somebody wants to get into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitops_breakglass.core.deny.reason import told
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.model.deny import Action, Answer, Container, Pod, PodOverride, PodRules, RiskFactors

ROOT = 0
_ANSWERS = {Action.ALLOW: Answer.ALLOW, Action.WARN: Answer.WARN, Action.DENY: Answer.DENY}


@dataclass(frozen=True)
class Judgement:
    """What one policy's pod rules say of a pod: an answer, why, and the score and risks as far as it came to them."""

    answer: Answer
    reason: str | None = None
    score: int | None = None
    factors: tuple[str, ...] = ()


def judge_pod(rules: PodRules, pod: Pod | None, override: PodOverride | None = None) -> Judgement:
    """Judge a pod, None where it could not be read, for which exemptions and overrides do not count.

    A factor that blocks denies before anything is scored; then the override's score, then the thresholds as they are
    listed. What no threshold takes is denied. A denial without scoring has the score 0, as upstream tells it.
    """
    if pod is None:
        if rules.fails_open:
            return Judgement(Answer.ALLOW)
        return Judgement(Answer.DENY, "what runs in the pod is not known, so it is denied", 0)
    if is_exempt(rules, pod):
        return Judgement(Answer.ALLOW)
    override = override if override is not None and _holds_in(override, pod.namespace) else None
    found = factors(pod, rules.risk)
    if (blocking := _blocking(rules, found, override)) is not None:
        return Judgement(Answer.DENY, f"{blocking} is not allowed in a pod at any score", 0, found)
    points = score(pod, rules.risk)
    if override is not None and override.max_allowed_score is not None and points <= override.max_allowed_score:
        return Judgement(Answer.ALLOW, score=points, factors=found)
    for threshold in rules.thresholds:
        if points <= threshold.max_score:
            answer = _ANSWERS[threshold.action]
            if answer is Answer.ALLOW:
                return Judgement(answer, score=points, factors=found)
            reason = told(threshold.reason, points, found, pod) or _within(answer, points, threshold.max_score)
            return Judgement(answer, reason, points, found)
    return Judgement(Answer.DENY, f"the pod's risk score of {points} exceeds all configured thresholds", points, found)


def is_exempt(rules: PodRules, pod: Pod) -> bool:
    """Whether the pod's namespace is exempt, or it has all of the labels that exempt one.

    Upstream takes a label that is not there for one that is empty. Here it has to be there: less is exempt.
    """
    if rules.exempt_namespaces and matches_any(rules.exempt_namespaces, pod.namespace):
        return True
    return bool(rules.exempt_labels) and all(pod.labels.get(name) == value for name, value in rules.exempt_labels)


def factors(pod: Pod, risk: RiskFactors) -> tuple[str, ...]:
    """Name the risks in a pod, each time they occur: those of the pod, of each container in turn, of each volume.

    Weights play no part, but for capabilities, of which only those are looked for that have one.
    """
    return tuple(_factors(pod, frozenset(name for name, _ in risk.capabilities)))


def score(pod: Pod, risk: RiskFactors) -> int:
    """Add up the points of a pod's risks. A switch counts once in a pod, and not at all below one point."""
    switches = (
        (pod.host_network, risk.host_network),
        (pod.host_pid, risk.host_pid),
        (pod.host_ipc, risk.host_ipc),
        (any(each.privileged for each in pod.containers), risk.privileged_container),
        (any(each.run_as_user == ROOT for each in pod.containers), risk.run_as_root),
    )
    weights = dict(risk.capabilities)
    return (
        sum(points for is_on, points in switches if is_on and points > 0)
        + sum(weights.get(name, 0) for container in pod.containers for name in container.capabilities)
        + sum(
            risk.host_path_writable if _is_writable(pod, volume.name) else risk.host_path_read_only
            for volume in pod.volumes
            if volume.is_host_path
        )
    )


def _factors(pod: Pod, capabilities: frozenset[str]) -> Iterator[str]:
    if pod.host_network:
        yield "hostNetwork"
    if pod.host_pid:
        yield "hostPID"
    if pod.host_ipc:
        yield "hostIPC"
    for container in pod.containers:
        yield from _of_container(container, capabilities)
    for volume in pod.volumes:
        if volume.is_host_path:
            writable = _is_writable(pod, volume.name)
            yield f"hostPathWritable:{volume.name}" if writable else f"hostPathReadOnly:{volume.name}"


def _of_container(container: Container, capabilities: frozenset[str]) -> Iterator[str]:
    if container.privileged:
        yield f"privilegedContainer:{container.name}"
    if container.run_as_user == ROOT:
        yield f"runAsRoot:{container.name}"
    for name in container.capabilities:
        if name in capabilities:
            yield f"capability:{name}:{container.name}"


def _is_writable(pod: Pod, volume: str) -> bool:
    return any(name == volume and not read_only for each in pod.containers for name, read_only in each.mounts)


def _blocking(rules: PodRules, found: tuple[str, ...], override: PodOverride | None) -> str | None:
    """Return the first risk that denies at once: in the order of the policy's list, then in that of the pod."""
    exempt = override.exempt_factors if override is not None else ()
    for blocked in rules.block_factors:
        if blocked not in exempt:
            for factor in found:
                if factor.partition(":")[0] == blocked:
                    return factor
    return None


def _holds_in(override: PodOverride, namespace: str) -> bool:
    return matches_any(override.namespaces, namespace) if override.namespaces else override.everywhere


def _within(answer: Answer, points: int, bound: int) -> str:
    what = "is denied" if answer is Answer.DENY else "calls for care"
    return f"the pod's risk score is {points}, and up to {bound} it {what}"
