"""What a debug session template or a binding names as its template is there."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "unknown-debug-template"
_NAMED_BY = (
    ("DebugSessionTemplate", "podTemplateRef", "DebugPodTemplate"),
    ("DebugSessionClusterBinding", "templateRef", "DebugSessionTemplate"),
)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for kind, field, wanted in _NAMED_BY:
        known = {document.name for document in facts.of_kind(wanted)}
        for document in facts.of_kind(kind):
            reading = Reading(document)
            # In our dialect the name stands there by itself.
            name = reading.text("spec", field) or reading.text("spec", field, "name")
            if name is not None and name not in known:
                yield Finding(
                    _ID,
                    f"there is no {wanted} {name}",
                    document.at("spec", field),
                    Severity.WARNING,
                    hint=nearest(name, known) or f"add a {wanted} of this name to the policy side",
                )


RULE = Rule(
    _ID,
    "a template that is named is there",
    "A slip in the name of a template is found when a session is asked for, which is the worst time for it.",
    on_policy=_on_policy,
)
