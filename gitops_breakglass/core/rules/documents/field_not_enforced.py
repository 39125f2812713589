"""A field that is set and has no effect is told where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.fields import text_of
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "field-not-enforced"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, field, place in facts.set_fields():
        if field.own and field.rule == _ID and field.effect == "informational":
            yield Finding(
                _ID,
                f"{text_of(place)} has no effect in this version",
                document.at(*place),
                Severity.WARNING,
                hint=_as_phrase(field.note),
            )


def _as_phrase(sentence: str | None) -> str | None:
    return f"{sentence[0].lower()}{sentence[1:].removesuffix('.')}" if sentence else None


RULE = Rule(
    _ID,
    "a field that is set has an effect",
    "No field is passed over in silence: what is set and changes nothing is told where it stands.",
    on_policy=_on_policy,
)
