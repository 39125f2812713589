"""A debug session asks for operations that its template enables."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "operation-not-enabled",
    "the template of a debug session enables the operations that it asks for",
    "An operation that a template does not switch on was never meant for those who may use it: a pod on a node is "
    "root there, whatever else the template says.",
    on_debug=told("operation-not-enabled"),
)
