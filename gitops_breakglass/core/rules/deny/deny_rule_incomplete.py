"""A deny rule names verbs, API groups and resources."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "deny-rule-incomplete"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        for index in range(reading.count("spec", "rules")):
            for field in ("verbs", "apiGroups", "resources"):
                if not reading.count("spec", "rules", index, field):
                    core = ', `""` for the core group' if field == "apiGroups" else ""
                    yield Finding(
                        _ID,
                        f"this rule names no {field}, so it forbids nothing",
                        document.at("spec", "rules", index, field),
                        hint=f'name them, or write `{field}: ["*"]` for all of them{core}',
                    )


RULE = Rule(
    _ID,
    "a deny rule names verbs, API groups and resources",
    "An empty list matches nothing: the rule reads as a protection and is none. Upstream refuses it.",
    on_policy=_on_policy,
)
