"""An ephemeral container does not run as root where its template forbids it."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "root-not-allowed",
    "an ephemeral container does not run as root unless the template lets it",
    "Templates ask for that unless they say `requireNonRoot: false`. Upstream has every request say `runAsNonRoot: "
    "true`; here it is set where the request says nothing, and a request that says otherwise is refused.",
    on_debug=told("root-not-allowed"),
)
