"""A rule about impersonation has no condition that takes its effect away."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.deny.each_rule import each_rule
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "impersonation-rule-has-gaps"
_ONLY_FOR = (("extraKeys", "userextras"), ("namespaces", "serviceaccounts"))


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for reading, at in each_rule(facts, "impersonationRules"):
        yield from _of_rule(reading, at)


def _of_rule(reading: Reading, at: Path) -> Iterator[Finding]:
    modes = reading.texts(*at, "modes")
    if modes and "legacy" not in modes:
        yield Finding(
            _ID,
            "an API server goes on to the legacy mode where every other mode is denied, and this rule does not name it",
            reading.document.at(*at, "modes"),
            Severity.WARNING,
            hint="add legacy to modes, or leave modes out",
        )
    kinds = reading.texts(*at, "identityResources")
    for field, kind in _ONLY_FOR:
        if kinds and kind not in kinds and reading.keys(*at, field) + reading.texts(*at, field):
            yield Finding(
                _ID,
                f"{field} is about {kind} only, which are not among identityResources",
                reading.document.at(*at, field),
                Severity.WARNING,
                hint=f"add {kind} to identityResources, or take {field} out",
            )


RULE = Rule(
    _ID,
    "a rule about impersonation holds in the way that it reads",
    "A condition that can't be met, or a mode that is left open, makes less of the rule than its reader thinks.",
    on_policy=_on_policy,
)
