"""Rules about escalations."""

from gitops_breakglass.core.rules.escalations import (
    approval_timeout_too_long,
    malformed_glob,
    self_approving_escalation,
)

RULES = (
    approval_timeout_too_long.RULE,
    malformed_glob.RULE,
    self_approving_escalation.RULE,
)
