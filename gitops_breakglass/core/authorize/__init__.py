"""May this change be granted? Facts in, a decision out, with one rule book for every forge."""

from gitops_breakglass.core.authorize.case import Case, PolicyCase
from gitops_breakglass.core.authorize.decide import authorize
from gitops_breakglass.core.authorize.policy_change import authorize_policy, unproved_base

__all__ = ["Case", "PolicyCase", "authorize", "authorize_policy", "unproved_base"]
