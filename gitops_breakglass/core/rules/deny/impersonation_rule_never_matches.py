"""A rule about impersonation is about identities or about actions."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.deny.each_rule import each_rule
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding

_ID = "impersonation-rule-never-matches"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading, at in each_rule(facts, "impersonationRules"):
        yield from _of_rule(reading, at)


def _of_rule(reading: Reading, at: Path) -> Iterator[Finding]:
    actions = reading.count(*at, "actionVerbs")
    if actions and reading.count(*at, "identities"):
        yield Finding(
            _ID,
            "this rule is about identities and about actions, which are never asked for together",
            reading.document.at(*at),
            hint="write two rules: one with identities, one with actionVerbs",
        )
    for field in ("targetResources", "targetAPIGroups"):
        if not actions and reading.count(*at, field):
            yield Finding(
                _ID,
                f"{field} is about actions, and this rule names none",
                reading.document.at(*at, field),
                hint='add actionVerbs, such as `["*"]`',
            )


RULE = Rule(
    _ID,
    "a rule about impersonation is about identities or about actions",
    "An API server asks whether somebody may be impersonated, and then, on its own, what may be done in their name. A rule "
    "that wants both at once never forbids anything. Upstream refuses it.",
    on_policy=_on_policy,
)
