"""The name of an auxiliary resource begins with the name of its session."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "auxiliary-name"

RULE = Rule(
    _ID,
    "the name of an auxiliary resource begins with its session's",
    "Two sessions of one template would otherwise share an object, and the end of one would take it from the other. "
    "The fence on the cluster asks for the prefix as well.",
    on_policy=found_in_samples(_ID),
)
