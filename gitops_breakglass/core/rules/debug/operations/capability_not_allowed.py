"""An ephemeral container asks for capabilities that its template allows."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "capability-not-allowed",
    "the capabilities of an ephemeral container are ones that the template allows",
    "Capabilities are the parts of root: with SYS_ADMIN a container is as good as privileged. Upstream allows all "
    "of them where a template names none; here it is none of them.",
    on_debug=told("capability-not-allowed"),
)
