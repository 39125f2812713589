"""Pod rules are triggered by the subresources for which the pod is read."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "pod-never-read"
_AT: Path = ("spec", "podSecurityRules", "appliesTo", "subresources")
_READ = ("exec", "attach", "portforward")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        answer = "allowed" if reading.text("spec", "podSecurityRules", "failMode") == "open" else "denied"
        for index, name in enumerate(reading.texts(*_AT)):
            if name in _READ:
                continue
            then = (
                "every name is compared, and none is called `*`, so it triggers nothing"
                if name == "*"
                else f"the pod is not read for {name}, so by failMode it is {answer}, whatever the pod is"
            )
            yield Finding(
                _ID,
                then,
                document.at(*_AT, index),
                Severity.WARNING,
                hint=f"the list replaces {', '.join(_READ)}: keep to these, or leave it out",
            )


RULE = Rule(
    _ID,
    "pod rules are about subresources for which the pod is known",
    "A pod is read for exec, attach and portforward. For anything else its score is not known, and failMode decides "
    "about all pods alike.",
    on_policy=_on_policy,
)
