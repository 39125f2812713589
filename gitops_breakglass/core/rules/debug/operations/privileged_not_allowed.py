"""An ephemeral container is privileged only where its template allows it."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "privileged-not-allowed",
    "an ephemeral container is privileged only where the template allows it",
    "A privileged container can do on its node what root can, whatever pod it is in.",
    on_debug=told("privileged-not-allowed"),
)
