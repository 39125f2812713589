"""Labels of templates leave the marks of this tool alone."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "session-labels"

RULE = Rule(
    _ID,
    "labels and annotations of templates leave the marks of this tool alone",
    "What a session makes is found by its marks, and ended by them. One that a template sets would hide an object, "
    "or end another's.",
    on_policy=found_in_samples(_ID),
)
