"""Rules about the roles and bindings of the policy side."""

from gitops_breakglass.core.rules.roles import (
    aggregated_role,
    escalation_primitive,
    rbac_error,
)

RULES = (
    aggregated_role.RULE,
    escalation_primitive.RULE,
    rbac_error.RULE,
)
