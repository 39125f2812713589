"""A deny rule names a subresource on its own, not behind its resource."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.deny.each_rule import each_rule
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "subresource-in-resources"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading, at in each_rule(facts, "rules"):
        for place, name in enumerate(reading.texts(*at, "resources")):
            resource, slash, subresource = name.partition("/")
            if slash:
                yield Finding(
                    _ID,
                    f"{name} never matches: a deny rule names resource and subresource apart",
                    reading.document.at(*at, "resources", place),
                    Severity.WARNING,
                    hint=f"write `resources: [{resource}]` and `subresources: [{subresource}]`",
                )


RULE = Rule(
    _ID,
    "a deny rule names subresources as such",
    "RBAC writes `pods/exec`, deny policies do not. Written as in RBAC the rule forbids nothing, and reads as if it did.",
    on_policy=_on_policy,
)
