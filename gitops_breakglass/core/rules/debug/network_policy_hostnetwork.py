"""A template does not promise a network policy for pods in the node's network."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "network-policy-hostnetwork"

RULE = Rule(
    _ID,
    "a template does not promise a network policy for pods in the node's network",
    "Such pods have the node's addresses, and network plugins leave the node's traffic alone. The policy would be "
    "there, and hold for nothing.",
    on_policy=found_in_samples(_ID),
)
