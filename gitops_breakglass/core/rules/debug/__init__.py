"""Rules about debug session templates and their bindings."""

from gitops_breakglass.core.rules.debug import (
    debug_binding_incomplete,
    debug_template_incomplete,
    impersonation_contradicts,
    unknown_debug_template,
)

RULES = (
    debug_binding_incomplete.RULE,
    debug_template_incomplete.RULE,
    impersonation_contradicts.RULE,
    unknown_debug_template.RULE,
)
