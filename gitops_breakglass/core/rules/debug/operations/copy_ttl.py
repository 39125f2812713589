"""A copy of a pod is there no longer than its template and its session last."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "copy-ttl",
    "a copy of a pod asks for no more time than its template gives, and its session has",
    "A copy goes at the end of its time or of the session, whichever is first. A longer time would be a promise "
    "that is not kept.",
    on_debug=told("copy-ttl"),
)
