"""A binding of debug sessions says which templates it is for, on which clusters, and for a time that is not over at once."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "debug-binding-incomplete"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DebugSessionClusterBinding"):
        reading = Reading(document)
        named, selected = (reading.has("spec", field) for field in ("templateRef", "templateSelector"))
        if named == selected:
            yield Finding(
                _ID,
                "it names templates and selects them as well" if named else "it is for no template",
                document.at("spec", "templateSelector"),
                hint="give spec.templateRef or spec.templateSelector, one of them",
            )
        if not reading.count("spec", "clusters") and not reading.has("spec", "clusterSelector"):
            yield Finding(
                _ID,
                "it is for no cluster",
                document.at("spec", "clusters"),
                hint="give spec.clusters or spec.clusterSelector, or both",
            )
        start, end = reading.time("spec", "effectiveFrom"), reading.time("spec", "expiresAt")
        yield from reading.findings
        if start is not None and end is not None and end <= start:
            yield Finding(
                _ID,
                "it ends before it begins",
                document.at("spec", "expiresAt"),
                hint="spec.expiresAt has to be later than spec.effectiveFrom",
            )


RULE = Rule(
    _ID,
    "a binding says which templates it is for, where, and until when",
    "A binding that reaches no template, no cluster or no time looks like an offer and is none. Upstream refuses it.",
    on_policy=_on_policy,
)
