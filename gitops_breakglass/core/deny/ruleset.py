"""The pod rules that the guard holds on a cluster: one policy's, with what one escalation's override leaves of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

from gitops_breakglass.core.deny.scope import in_scope
from gitops_breakglass.core.escalations import applies_to
from gitops_breakglass.model.deny import POD_SUBRESOURCES, Circumstances, DenyPolicy, PodOverride, PodRules
from gitops_breakglass.model.policy import Escalation, PolicySide

MOST = 100
"""Rule sets that are installed on one cluster; what is beyond them, or beyond counting, is enumerated."""
_DIGITS = 16
_REVISION = 1
"""Of how rules become admission: a guard that was installed by another one is not taken for what it is called."""
_LARGEST = 2**31
"""Of the numbers of rules: sums of such can't run over what CEL counts in, and a sum that did would be an error."""


_MOST_WEIGHTS = 45
"""Capabilities with points, which nest in CEL: 45 is more than Linux has, and 500 are refused (seen)."""
_MOST_THRESHOLDS = 50
_MOST_REASONS = 20_000
"""Characters of all reasons: an expression has 100,000 at most."""


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
    def is_countable(self) -> bool:
        """Whether admission can count with its numbers, and takes it at all: one that it did not would keep all others out."""
        rules = self.pods
        if (
            not self.policy_name.isprintable()
            or len(rules.risk.capabilities) > _MOST_WEIGHTS
            or len(rules.thresholds) > _MOST_THRESHOLDS
            or sum(len(each.reason) for each in rules.thresholds) > _MOST_REASONS
        ):
            return False
        risk = {**asdict(self.pods.risk), **dict(self.pods.risk.capabilities)}
        bounds = [each.max_score for each in self.pods.thresholds]
        if self.override is not None and self.override.max_allowed_score is not None:
            bounds.append(self.override.max_allowed_score)
        numbers = [*bounds, *(each for each in risk.values() if isinstance(each, int))]
        return all(abs(each) < _LARGEST for each in numbers)

    @property
    def subresources(self) -> tuple[str, ...]:
        """The subresources that it is asked for and that a pod is read for."""
        return tuple(each for each in POD_SUBRESOURCES if each in self.pods.subresources)


# Asked for each grant and each policy, and to spell the rules takes longer than to know them again.
@lru_cache(maxsize=1024)
def digest_of(policy_name: str, pods: PodRules, override: PodOverride | None) -> str:
    """Return 16 hexadecimal digits over all that the rules say; where in a file they stand is no part of it."""
    rules = {name: value for name, value in asdict(pods).items() if name != "location"}
    data = {
        "revision": _REVISION,
        "policy": policy_name,
        "pods": rules,
        "override": asdict(override) if override else None,
    }
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def rule_sets(policy: PolicySide, cluster: str) -> tuple[RuleSet, ...]:
    """Return what requests on the cluster may be held to, each once, at most `MOST`; those without an override first.

    Which sessions a policy is for is not looked at: any request could be named so. What only a session itself refers to
    is not among them, for a session may refer to anything.
    """
    config = policy.clusters.get(cluster)
    under = Circumstances(cluster, config.tenant if config else None)
    offered = [each for each in policy.escalations if applies_to(each, cluster)]
    referred = {name for each in offered for name in each.deny_refs}
    concerned = [each for each in policy.deny if each.name in referred or _is_here(each, under)]
    relaxed = [found for each in concerned for escalation in offered for found in _relaxed(each, escalation, under)]
    found = [*(found for each in concerned for found in _plain(each)), *relaxed]
    return tuple({each.digest: each for each in found if each.is_countable}.values())[:MOST]


def _is_here(policy: DenyPolicy, under: Circumstances) -> bool:
    return in_scope(replace(policy.scope, sessions=(), escalations=()), under)


def _plain(policy: DenyPolicy) -> Iterator[RuleSet]:
    if policy.pods is not None and (found := RuleSet(policy.name, policy.pods)).subresources:
        yield found


def _relaxed(policy: DenyPolicy, escalation: Escalation, under: Circumstances) -> Iterator[RuleSet]:
    if escalation.override is None:
        return
    here = replace(under, escalation=escalation.name)
    if policy.name in escalation.deny_refs or in_scope(replace(policy.scope, sessions=()), here):
        yield from (replace(found, override=escalation.override) for found in _plain(policy))
