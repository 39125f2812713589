"""Rules about documents of any kind: what they are, where they lie, and what of them holds."""

from gitops_breakglass.core.rules.documents import (
    dialect,
    field_not_enforced,
    not_enforced_upstream,
)
from gitops_breakglass.core.rules.documents.found_while_reading import FOUND_WHILE_READING

RULES = (
    dialect.RULE,
    field_not_enforced.RULE,
    not_enforced_upstream.RULE,
    *FOUND_WHILE_READING,
)
