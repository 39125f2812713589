"""The pod rules that the guard holds on a cluster: one policy's, with what one escalation's override leaves of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from gitops_breakglass.core.deny.scope import in_scope
from gitops_breakglass.core.escalations import applies_to
from gitops_breakglass.model.deny import POD_SUBRESOURCES, Circumstances, DenyPolicy, PodOverride, PodRules
from gitops_breakglass.model.policy import Escalation

MOST = 100
"""Rule sets that are installed on one cluster; what is beyond them is enumerated."""
_DIGITS = 16


@dataclass(frozen=True)
class RuleSet:
    """One policy's pod rules under one override, or under none."""

    policy_name: str
    pods: PodRules
    override: PodOverride | None = None

    @property
    def digest(self) -> str:
        """Its name on the cluster."""
        return digest_of(self.policy_name, self.pods, self.override)

    @property
    def subresources(self) -> tuple[str, ...]:
        """The subresources that it is asked for and that a pod is read for."""
        return tuple(each for each in POD_SUBRESOURCES if each in self.pods.subresources)


def digest_of(policy_name: str, pods: PodRules, override: PodOverride | None) -> str:
    """Return 16 hexadecimal digits over all that the rules say; where in a file they stand is no part of it."""
    rules = {name: value for name, value in asdict(pods).items() if name != "location"}
    data = {"policy": policy_name, "pods": rules, "override": asdict(override) if override else None}
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def rule_sets(
    policies: Sequence[DenyPolicy], escalations: Sequence[Escalation], *, cluster: str, tenant: str | None
) -> tuple[RuleSet, ...]:
    """Return what requests on the cluster may be held to, each once, at most `MOST`; those without an override first.

    Which sessions a policy is for is not looked at: any request could be named so.
    """
    under = Circumstances(cluster, tenant)
    concerned = [policy for policy in policies if _is_here(policy, under)]
    offered = [each for each in escalations if each.override is not None and applies_to(each, cluster)]
    plain = [found for policy in concerned for found in _plain(policy)]
    relaxed = [found for policy in concerned for each in offered for found in _relaxed(policy, each, under)]
    found = (*plain, *relaxed)
    return tuple({each.digest: each for each in found}.values())[:MOST]


def _is_here(policy: DenyPolicy, under: Circumstances) -> bool:
    return in_scope(replace(policy.scope, sessions=(), escalations=()), under)


def _plain(policy: DenyPolicy) -> Iterator[RuleSet]:
    if policy.pods is not None and (found := RuleSet(policy.name, policy.pods)).subresources:
        yield found


def _relaxed(policy: DenyPolicy, escalation: Escalation, under: Circumstances) -> Iterator[RuleSet]:
    if in_scope(replace(policy.scope, sessions=()), replace(under, escalation=escalation.name)):
        yield from (replace(found, override=escalation.override) for found in _plain(policy))
