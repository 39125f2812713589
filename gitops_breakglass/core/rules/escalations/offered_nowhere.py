"""An escalation says on which clusters it is offered."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "offered-nowhere"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in facts.escalations():
        if not escalation.clusters:
            yield Finding(
                _ID,
                f"escalation {escalation.name} is offered on no cluster",
                document.at("spec", "allowed"),
                Severity.WARNING,
                hint='name clusters as spec.allowed.clusters; `["*"]` is every cluster',
            )


RULE = Rule(
    _ID,
    "an escalation is offered on some cluster",
    "An empty list of clusters is none of them, not all. Upstream takes such an escalation and never matches it.",
    on_policy=_on_policy,
)
