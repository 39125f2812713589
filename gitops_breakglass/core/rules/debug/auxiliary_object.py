"""An auxiliary resource ends with its session, and is for the inside of the cluster."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "auxiliary-object"

RULE = Rule(
    _ID,
    "an auxiliary resource is nothing that outlives its session or reaches beyond it",
    "Finalizers and owners keep an object when it is to end, tokens in Secrets outlive it, and a Service with a "
    "port on each node lets in who is not even on the cluster.",
    on_policy=found_in_samples(_ID),
)
