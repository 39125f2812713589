"""A quota bounds everybody in the namespace."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "quota-is-shared"

RULE = Rule(
    _ID,
    "who writes a quota knows that it bounds all pods of the namespace",
    "Kubernetes has no quota for the pods of one session. A second session of the same template shares the first "
    "one's, and so does anything else in the namespace.",
    on_policy=found_in_samples(_ID, as_note=True),
)
