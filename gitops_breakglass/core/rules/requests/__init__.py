"""Rules about requests, judged by the policy side."""

from gitops_breakglass.core.rules.requests import (
    ambiguous_escalation,
    approvers_unknown,
    cron_expression,
    escalation_not_offered_here,
    invalid_duration,
    no_offer_fits,
    reason_missing,
    recurring_not_yet,
    request_path,
    system_subject,
    timezone,
    unknown_cluster,
    unknown_escalation,
)

RULES = (
    ambiguous_escalation.RULE,
    approvers_unknown.RULE,
    cron_expression.RULE,
    escalation_not_offered_here.RULE,
    invalid_duration.RULE,
    no_offer_fits.RULE,
    reason_missing.RULE,
    recurring_not_yet.RULE,
    request_path.RULE,
    system_subject.RULE,
    timezone.RULE,
    unknown_cluster.RULE,
    unknown_escalation.RULE,
)
