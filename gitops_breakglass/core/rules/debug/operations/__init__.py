"""Rules about the operations of debug sessions: on pods and nodes that are there."""

from gitops_breakglass.core.rules.debug.operations import (
    capability_not_allowed,
    copy_keeps,
    copy_ttl,
    image_digest,
    image_reference,
    operation_image,
    operation_mode,
    operation_namespace,
    operation_not_enabled,
    operation_twice,
    operation_unrestricted,
    privileged_not_allowed,
    root_not_allowed,
)

RULES = (
    capability_not_allowed.RULE,
    copy_keeps.RULE,
    copy_ttl.RULE,
    image_digest.RULE,
    image_reference.RULE,
    operation_image.RULE,
    operation_mode.RULE,
    operation_namespace.RULE,
    operation_not_enabled.RULE,
    operation_twice.RULE,
    operation_unrestricted.RULE,
    privileged_not_allowed.RULE,
    root_not_allowed.RULE,
)
