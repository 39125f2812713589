"""The network policy of a template holds back what it says."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "network-policy"

RULE = Rule(
    _ID,
    "the network policy of a template holds back what it says",
    "A rule for a direction that is not denied, and an empty rule, let everything through and look as if they did not.",
    on_policy=found_in_samples(_ID),
)
