"""A label that exempts pods has a value."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "exempt-label-empty"
_AT: Path = ("spec", "podSecurityRules", "exemptions")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        for field in ("podLabels", "labels"):
            for name in reading.keys(*_AT, field):
                if reading.text(*_AT, field, name) == "":
                    yield Finding(
                        _ID,
                        f"upstream exempts pods without the label {name} as well; here they have to have it, and empty",
                        document.at(*_AT, field, name),
                        Severity.WARNING,
                        hint=f'give it a value, such as `{name}: "true"`, and label the pods so',
                    )


RULE = Rule(
    _ID,
    "a label that exempts pods has a value",
    "Upstream takes a label that is not there for one that is empty: an exemption by an empty value is one for nearly "
    "every pod.",
    on_policy=_on_policy,
)
