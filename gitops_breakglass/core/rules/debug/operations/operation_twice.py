"""A debug session asks for each operation once."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "operation-twice",
    "a debug session asks for each operation once",
    "Each operation is done once and only once. The same one a second time is a slip of the pen, and would leave a "
    "second container in the pod.",
    on_debug=told("operation-twice"),
)
