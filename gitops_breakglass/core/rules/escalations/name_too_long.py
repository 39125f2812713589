"""An escalated group fits into the label that upstream writes it into."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "name-too-long"
_LONGEST = 63
"""What the value of a label may have."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in facts.escalations():
        if (length := len(escalation.group)) > _LONGEST:
            yield Finding(
                _ID,
                f"the escalated group has {length} characters, and a label of Kubernetes {_LONGEST} at most",
                document.at("spec", "escalatedGroup"),
                Severity.WARNING,
                hint="upstream labels each session with its group: take a shorter name",
            )


RULE = Rule(
    _ID,
    "an escalated group fits into a label",
    "Upstream builds names and labels of sessions from the group. With one that is too long they can't be made, or "
    "can't be found by it.",
    on_policy=_on_policy,
)
