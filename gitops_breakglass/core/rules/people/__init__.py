"""Rules about people and groups, and the lists that name them."""

from gitops_breakglass.core.rules.people import (
    identity_not_unique,
    invalid_key,
    no_approver,
    unknown_group,
    unknown_person,
)

RULES = (
    identity_not_unique.RULE,
    invalid_key.RULE,
    no_approver.RULE,
    unknown_group.RULE,
    unknown_person.RULE,
)
