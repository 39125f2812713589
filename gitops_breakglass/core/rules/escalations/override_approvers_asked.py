"""Overrides that name approvers say that these have to approve."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "override-approvers-asked"
_AT: Path = ("spec", "podSecurityOverrides")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in facts.escalations():
        if escalation.override_approvers is not None and not Reading(document).flag(*_AT, "requireApproval"):
            yield Finding(
                _ID,
                f"whoever asks for escalation {escalation.name} needs one of these approvers as a second person, though "
                "requireApproval is not set",
                document.at(*_AT, "approvers"),
                Severity.WARNING,
                hint="add `requireApproval: true`, or take the approvers out",
            )


RULE = Rule(
    _ID,
    "overrides that name approvers ask for their approval in so many words",
    "Approvers who are named are asked, since that is the stricter reading. Somebody else may read the document as asking "
    "for nobody.",
    on_policy=_on_policy,
)
