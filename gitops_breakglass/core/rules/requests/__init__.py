"""Rules about requests, judged by the policy side."""

from gitops_breakglass.core.rules.requests import (
    ambiguous_escalation,
    approval_required,
    approvers_unknown,
    cron_expression,
    escalation_not_offered_here,
    invalid_duration,
    no_offer_fits,
    reason_missing,
    reason_too_long,
    request_path,
    schedule_contradicts,
    system_subject,
    timezone,
    unknown_cluster,
    unknown_escalation,
    unknown_subject,
)

RULES = (
    ambiguous_escalation.RULE,
    approval_required.RULE,
    approvers_unknown.RULE,
    cron_expression.RULE,
    escalation_not_offered_here.RULE,
    invalid_duration.RULE,
    no_offer_fits.RULE,
    reason_missing.RULE,
    reason_too_long.RULE,
    request_path.RULE,
    schedule_contradicts.RULE,
    system_subject.RULE,
    timezone.RULE,
    unknown_cluster.RULE,
    unknown_escalation.RULE,
    unknown_subject.RULE,
)
