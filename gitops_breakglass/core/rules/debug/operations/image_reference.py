"""The image of an operation is a reference that can be read."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "image-reference",
    "the image of an operation can be read",
    "What several readers take for different images may pass one and be run by another. So a reference has one form "
    "here: small letters in registry and path, one tag, one digest, nothing around it, and 255 characters at most.",
    on_debug=told("image-reference"),
)
