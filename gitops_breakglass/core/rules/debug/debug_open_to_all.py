"""Who may ask for a debug session is said."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.debug.blocks import TEMPLATE, readings
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "debug-open-to-all"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading in readings(facts, TEMPLATE):
        named = {field: reading.texts("spec", "allowed", field) for field in ("users", "groups")}
        if any(named.values()) and not any("*" in words for words in named.values()):
            continue
        yield Finding(
            _ID,
            "upstream lets everybody ask for a session of this template",
            reading.document.at("spec", "allowed"),
            Severity.WARNING,
            hint="name groups or users in spec.allowed",
        )


RULE = Rule(
    _ID,
    "who may ask for a debug session is said",
    "With neither users nor groups, upstream lets everybody in. Everywhere else here an empty list is nobody.",
    on_policy=_on_policy,
)
