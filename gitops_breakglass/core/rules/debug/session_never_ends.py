"""A debug session ends when its time is over."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.debug.blocks import TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "session-never-ends"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE):
        if reading.text("spec", "expirationBehavior") == "notify-only":
            yield Finding(
                _ID,
                "upstream never ends a session of this template",
                reading.document.at("spec", "expirationBehavior"),
                Severity.WARNING,
                hint="write `expirationBehavior: terminate`; here a session of it ends with its window all the same",
            )


RULE = Rule(
    _ID,
    "a debug session ends when its time is over",
    "With `notify-only` upstream takes the end away when it is reached, and pods and rights stay until somebody thinks of "
    "them. Access ends, is what this tool promises: here the end is a hard one, whatever the template says.",
    on_policy=_on_policy,
)
