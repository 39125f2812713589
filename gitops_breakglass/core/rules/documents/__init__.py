"""Rules about documents of any kind: what they are, where they lie, and what of them holds."""

from gitops_breakglass.core.rules.documents import (
    dialect,
    field_not_enforced,
)
from gitops_breakglass.core.rules.documents.found_while_reading import FOUND_WHILE_READING

RULES = (
    dialect.RULE,
    field_not_enforced.RULE,
    *FOUND_WHILE_READING,
)
