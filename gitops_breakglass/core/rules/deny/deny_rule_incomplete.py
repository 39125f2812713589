"""A deny rule names verbs, API groups and resources."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.deny.each_rule import each_rule
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "deny-rule-incomplete"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading, at in each_rule(facts, "rules"):
        for field in ("verbs", "apiGroups", "resources"):
            if not reading.count(*at, field):
                core = ', `""` for the core group' if field == "apiGroups" else ""
                yield Finding(
                    _ID,
                    f"this rule names no {field}, so it forbids nothing",
                    reading.document.at(*at, field),
                    hint=f'name them, or write `{field}: ["*"]` for all of them{core}',
                )


RULE = Rule(
    _ID,
    "a deny rule names verbs, API groups and resources",
    "An empty list matches nothing: the rule reads as a protection and is none. Upstream refuses it.",
    on_policy=_on_policy,
)
