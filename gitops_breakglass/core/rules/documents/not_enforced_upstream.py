"""Fields that upstream's operator takes and never holds to are told."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.fields import text_of
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "not-enforced-upstream"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, field, place in facts.set_fields():
        if (instead := field.unenforced_upstream) is not None:
            yield Finding(
                _ID,
                f"{text_of(place)} is taken by upstream's own operator, which does not hold to it",
                document.at(*place),
                Severity.NOTE,
                hint=f"there, {instead}",
            )


RULE = Rule(
    _ID,
    "fields that upstream takes and never holds to are told",
    "Upstream's schema has fields that none of its code reads. Where the same file is given to its operator, whoever "
    "relies on one of them relies on nothing.",
    on_policy=_on_policy,
)
