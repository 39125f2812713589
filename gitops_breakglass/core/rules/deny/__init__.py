"""Rules about deny policies."""

from gitops_breakglass.core.rules.deny import (
    deny_policy_applies,
)

RULES = (deny_policy_applies.RULE,)
