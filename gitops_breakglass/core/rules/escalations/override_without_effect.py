"""Overrides of pod security are switched on, and say what they override."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "override-without-effect"
_AT: Path = ("spec", "podSecurityOverrides")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("BreakglassEscalation"):
        reading = Reading(document)
        fields = [field for field in reading.keys(*_AT) if field != "enabled" and reading.has(*_AT, field)]
        if fields and reading.flag(*_AT, "enabled") is not True:
            yield Finding(
                _ID,
                f"overrides are not enabled, so {', '.join(fields)} {'has' if len(fields) == 1 else 'have'} no effect",
                document.at(*_AT),
                Severity.WARNING,
                hint="add `enabled: true`, or take podSecurityOverrides out",
            )
        elif (
            reading.flag(*_AT, "enabled")
            and not reading.has(*_AT, "maxAllowedScore")
            and not reading.count(*_AT, "exemptFactors")
        ):
            yield Finding(
                _ID,
                "overrides are enabled and override nothing",
                document.at(*_AT),
                Severity.WARNING,
                hint="set maxAllowedScore or exemptFactors, or take podSecurityOverrides out",
            )


RULE = Rule(
    _ID,
    "overrides of pod security are enabled, and override something",
    "Without `enabled` every other field is passed over, and with nothing beside it so is `enabled`. Whoever relies on "
    "the override is denied in the night of the incident.",
    on_policy=_on_policy,
)
