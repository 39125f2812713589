"""An auxiliary resource is of a kind that sessions make."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "auxiliary-kind"

RULE = Rule(
    _ID,
    "an auxiliary resource is of a kind that sessions make",
    "Whoever ends sessions can delete what sessions make, so that is a short list. Secrets are not on it, since "
    "every Secret of the cluster could then be read; neither is anything that runs or grants rights.",
    on_policy=found_in_samples(_ID),
)
