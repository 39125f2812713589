"""Scheduling constraints can all be held to."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "scheduling-constraint"

RULE = Rule(
    _ID,
    "scheduling constraints can all be held to",
    "Kubernetes knows nodes by exact names. Upstream skips a pattern in deniedNodes, and pods run where they were "
    "to be kept away from.",
    on_policy=found_in_samples(_ID),
)
