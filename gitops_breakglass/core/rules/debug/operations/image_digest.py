"""The image of an ephemeral container has its digest where the template asks for it."""

from gitops_breakglass.core.rules.debug.operations.told import told
from gitops_breakglass.core.rules.rule import Rule

RULE = Rule(
    "image-digest",
    "an image has its digest where the template asks for one",
    "A tag can be moved to other content between the review and the session; a digest can't.",
    on_debug=told("image-digest"),
)
