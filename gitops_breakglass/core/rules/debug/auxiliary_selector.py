"""A policy among the auxiliary resources is about the pods of its session."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "auxiliary-selector"

RULE = Rule(
    _ID,
    "a network policy or disruption budget selects the pods of its session alone",
    "Network policies add up: one that allows something to all pods of a namespace opens what another has closed. A "
    "budget for the pods of others holds up whoever empties a node.",
    on_policy=found_in_samples(_ID),
)
