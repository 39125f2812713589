"""Fields of the use cases that an upstream cluster would not take are told, with the spelling that holds there too."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.fields import text_of
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "dialect"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, field, place in facts.set_fields():
        if field.upstream:
            what = "takes it in another form only" if field.form else "would drop it"
            yield Finding(
                _ID,
                f"{text_of(place)} is read here, and upstream's own operator {what}",
                document.at(*place),
                Severity.NOTE,
                hint=f"where both read the file, write {field.upstream}",
            )


RULE = Rule(
    _ID,
    "fields that upstream's schema does not have are told",
    "Both dialects are read here. An upstream operator that is given the same file drops these fields without a word, or "
    "refuses their form, so that one policy would mean two things.",
    on_policy=_on_policy,
)
