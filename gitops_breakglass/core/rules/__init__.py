"""The rules that are built in; each judges one request or the policy side, and each has its section in docs/rules.md."""

from gitops_breakglass.core.rules import (
    ambiguous_escalation,
    approval_timeout_too_long,
    approvers_unknown,
    cron_expression,
    deny_policy_applies,
    dialect,
    escalation_not_offered_here,
    field_not_enforced,
    invalid_duration,
    malformed_glob,
    no_approver,
    no_offer_fits,
    reason_missing,
    recurring_not_yet,
    self_approving_escalation,
    system_subject,
    timezone,
    unknown_cluster,
    unknown_escalation,
    unknown_group,
    unknown_person,
)
from gitops_breakglass.core.rules.found_before_reading import FOUND_BEFORE_READING
from gitops_breakglass.core.rules.found_while_reading import FOUND_WHILE_READING
from gitops_breakglass.core.rules.rule import Rule

_JUDGING = (
    ambiguous_escalation,
    approval_timeout_too_long,
    approvers_unknown,
    cron_expression,
    deny_policy_applies,
    dialect,
    escalation_not_offered_here,
    field_not_enforced,
    invalid_duration,
    malformed_glob,
    no_approver,
    no_offer_fits,
    reason_missing,
    recurring_not_yet,
    self_approving_escalation,
    system_subject,
    timezone,
    unknown_cluster,
    unknown_escalation,
    unknown_group,
    unknown_person,
)

ALL_RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*(module.RULE for module in _JUDGING), *FOUND_BEFORE_READING, *FOUND_WHILE_READING),
        key=lambda rule: rule.id.casefold(),
    )
)
"""Every rule, in the order of their ids."""
