"""The images of a debug pod can be read."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "debug-pod-image"

RULE = Rule(
    _ID,
    "the images of a debug pod are references that can be read",
    "A reference that one reads otherwise than the next, or that a value of a request has bent, is not the image that "
    "approvers have seen.",
    on_policy=found_in_samples(_ID),
)
