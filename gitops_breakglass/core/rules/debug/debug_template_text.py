"""The texts of a debug template can be filled in."""

from __future__ import annotations

from gitops_breakglass.core.rules.debug.sample import found_in_samples
from gitops_breakglass.core.rules.rule import Rule

_ID = "debug-template-text"

RULE = Rule(
    _ID,
    "the texts of a debug template can be filled in",
    "They are rendered when somebody needs a session. Here it is tried beforehand with a sample, so that a misspelt "
    "name is found by whoever writes the template. What is not known before the end of a review, such as the time, "
    "is not there to be asked for.",
    on_policy=found_in_samples(_ID),
)
