"""A deny rule names a subresource on its own, not behind its resource."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "subresource-in-resources"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        for index in range(reading.count("spec", "rules")):
            for place, name in enumerate(reading.texts("spec", "rules", index, "resources")):
                resource, slash, subresource = name.partition("/")
                if slash:
                    yield Finding(
                        _ID,
                        f"{name} never matches: a deny rule names resource and subresource apart",
                        document.at("spec", "rules", index, "resources", place),
                        Severity.WARNING,
                        hint=f"write `resources: [{resource}]` and `subresources: [{subresource}]`",
                    )


RULE = Rule(
    _ID,
    "a deny rule names subresources as such",
    "RBAC writes `pods/exec`, deny policies do not. Written as in RBAC the rule forbids nothing, and reads as if it did.",
    on_policy=_on_policy,
)
