"""Containers say what they use where a quota counts it, and fit into it."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "container-resources"

RULE = Rule(
    _ID,
    "containers say what they use where a quota counts it, and fit into it",
    "The API server refuses pods that do not say what a quota counts, and pods beyond it: the session would be "
    "approved, and have no pods in the incident.",
    on_policy=found_in_samples(_ID),
)
