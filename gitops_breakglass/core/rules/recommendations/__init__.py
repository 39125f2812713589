"""What the use cases recommend for security; every finding is a warning."""

from gitops_breakglass.core.rules.recommendations import (
    deny_policies,
    least_privilege,
    pod_security,
    reasons,
    separate_approvers,
    short_access,
)

RULES = (
    deny_policies.RULE,
    least_privilege.RULE,
    pod_security.RULE,
    reasons.RULE,
    separate_approvers.RULE,
    short_access.RULE,
)
