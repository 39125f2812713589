"""A deny policy that is about an escalation does not name it as a session."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "escalation-among-sessions"
_AT: Path = ("spec", "appliesTo", "sessions")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    escalations = {document.name for document in facts.of_kind("BreakglassEscalation")}
    for document in facts.of_kind("DenyPolicy"):
        for index, name in enumerate(Reading(document).texts(*_AT)):
            if name in escalations:
                yield Finding(
                    _ID,
                    f"{name} is an escalation, and sessions are the names of single requests",
                    document.at(*_AT, index),
                    Severity.WARNING,
                    hint=f"write `escalationRefs: [{name}]`, which holds here; upstream has no way to say it",
                )


RULE = Rule(
    _ID,
    "a deny policy names escalations as such",
    "A session is one request, named by its file. A policy that names an escalation there is about no request at all.",
    on_policy=_on_policy,
)
