"""The facts of one cluster, as compiling looks them up: names by place, and the pods that rules let in, judged once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from gitops_breakglass.core.deny.pods import is_exempt, judge_pod
from gitops_breakglass.model.deny import Answer, Container, Pod, PodOverride, PodRules, Volume
from gitops_breakglass.model.enforcement import EVERYWHERE, DenyFacts

_Risks = tuple[bool, bool, bool, tuple[Container, ...], tuple[Volume, ...]]


class Cluster:
    """What a cluster holds. Pods that run the same things are judged once for each set of rules."""

    def __init__(self, facts: DenyFacts) -> None:
        """Take the facts, which do not change while they are looked at."""
        self.facts = facts
        self._numbers: dict[_Risks, int] = {}
        self._pods: dict[str, tuple[tuple[Pod, int], ...]] = {}
        self._verdicts: dict[Hashable, bool] = {}
        self._allowed: dict[Hashable, tuple[tuple[str, str], ...]] = {}

    def names(self, group: str, resource: str, place: str) -> frozenset[str] | str:
        """Return the names of the objects in a place, "" for all of the cluster, or why they are not known."""
        known = self.facts.names
        found = known.get((group, resource, place))
        if found is None:
            found = known.get((group, resource, ""), "nobody looked")
        if isinstance(found, str):
            return found
        return frozenset(name for namespace, name in found if not place or namespace == place)

    def allowed(
        self, digest: str, rules: PodRules, override: PodOverride | None, place: str
    ) -> tuple[tuple[str, str], ...] | None:
        """Return (namespace, name) of the pods that the rules let in, "*" as place for all; None where none is known.

        `digest` stands for the rules and the override.
        """
        pods = self.facts.pods
        if pods is None or (place != EVERYWHERE and place not in pods):
            return None
        key = (digest, place)
        if key not in self._allowed:
            self._allowed[key] = tuple(
                (namespace, pod.name)
                for namespace in (sorted(pods) if place == EVERYWHERE else (place,))
                for pod, number in self._numbered(namespace, pods)
                if self._is_allowed(digest, rules, override, pod, number)
            )
        return self._allowed[key]

    def _numbered(self, namespace: str, pods: Mapping[str, tuple[Pod, ...]]) -> tuple[tuple[Pod, int], ...]:
        """Return the pods of a namespace, each with a number that those have in common that run the same things."""
        if namespace not in self._pods:
            self._pods[namespace] = tuple(
                (pod, self._numbers.setdefault(_risks(pod), len(self._numbers))) for pod in pods[namespace]
            )
        return self._pods[namespace]

    def _is_allowed(self, digest: str, rules: PodRules, override: PodOverride | None, pod: Pod, number: int) -> bool:
        if is_exempt(rules, pod):
            return True
        # Of where a pod is, only the places of an override tell now.
        key = (digest, number, pod.namespace if override is not None else "")
        if key not in self._verdicts:
            self._verdicts[key] = judge_pod(rules, pod, override).answer is not Answer.DENY
        return self._verdicts[key]


def _risks(pod: Pod) -> _Risks:
    return (pod.host_network, pod.host_pid, pod.host_ipc, pod.containers, pod.volumes)
