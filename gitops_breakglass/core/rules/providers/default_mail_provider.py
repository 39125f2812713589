"""One mail provider at most is the default."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "default-mail-provider"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    readings = [Reading(document) for document in facts.of_kind("MailProvider")]
    defaults = [each for each in readings if each.flag("spec", "default") is True]
    for each in defaults[1:]:
        yield Finding(
            _ID,
            f"mail provider {defaults[0].document.name} is the default already",
            each.document.at("spec", "default"),
            hint="there is one default; name the other where it is meant",
        )
    for each in defaults:
        if each.flag("spec", "disabled") is True:
            yield Finding(
                _ID,
                "the default mail provider is disabled",
                each.document.at("spec", "disabled"),
                Severity.WARNING,
                hint="make another one the default, or enable it",
            )


RULE = Rule(
    _ID,
    "there is one default mail provider at most, and it is not disabled",
    "Of two defaults, which one sends would be chance. Upstream refuses the second.",
    on_policy=_on_policy,
)
