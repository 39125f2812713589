"""Rules about escalations."""

from gitops_breakglass.core.rules.escalations import (
    approval_timeout_too_long,
    duration_above_maximum,
    excluded_from_nothing,
    identity_providers_contradict,
    idle_timeout_out_of_range,
    malformed_glob,
    name_too_long,
    no_second_person,
    nobody_may_request,
    offer_doubled,
    offered_nowhere,
    override_approvers_asked,
    override_without_effect,
    reserved_group,
    self_approving_escalation,
    session_limits_contradict,
)

RULES = (
    approval_timeout_too_long.RULE,
    duration_above_maximum.RULE,
    excluded_from_nothing.RULE,
    identity_providers_contradict.RULE,
    idle_timeout_out_of_range.RULE,
    malformed_glob.RULE,
    name_too_long.RULE,
    no_second_person.RULE,
    nobody_may_request.RULE,
    offer_doubled.RULE,
    offered_nowhere.RULE,
    override_approvers_asked.RULE,
    override_without_effect.RULE,
    reserved_group.RULE,
    self_approving_escalation.RULE,
    session_limits_contradict.RULE,
)
