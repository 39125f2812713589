"""The image of an operation is one that its template allows."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "operation-image",
    "the image of an operation is one that the template allows",
    "The image is what runs in the pod, or as root on the node. Upstream checks it for ephemeral containers alone, "
    "takes the first of the images for nodes as it stands, and lets every image pass where a template names none; "
    "here each operation has to be named one.",
    on_debug=told("operation-image"),
)
