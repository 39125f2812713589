"""A debug session reaches into namespaces that its template is for."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "operation-namespace",
    "an operation is in a namespace that the template allows",
    "A container in a pod has that pod's network, and often its secrets. A denial wins over what is allowed. Where "
    "a template names no namespaces, those of Kubernetes itself (`kube-*`) are left out all the same: a pod there "
    "often is root on its node. The namespace of gitops-breakglass is left out whatever the template says.",
    on_debug=told("operation-namespace"),
)
