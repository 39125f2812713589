"""Pod rules say which risks they count."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "no-risk-factors"
_AT: Path = ("spec", "podSecurityRules")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        if reading.has(*_AT) and not reading.has(*_AT, "riskFactors"):
            yield Finding(
                _ID,
                f"without riskFactors every pod scores 0, so every pod that is not exempt {_outcome(reading)}; upstream "
                "refuses such a policy",
                document.at(*_AT),
                Severity.NOTE,
                hint="where both read the file, write `riskFactors: {}`",
            )


def _outcome(reading: Reading) -> str:
    """Say what the threshold does that a score of 0 comes to."""
    if reading.texts(*_AT, "blockFactors"):
        return "and has no blocked factor goes by the first threshold from 0 on"
    for index in range(reading.count(*_AT, "thresholds")):
        if (reading.number(*_AT, "thresholds", index, "maxScore") or 0) >= 0:
            action = reading.text(*_AT, "thresholds", index, "action")
            return {"allow": "is allowed", "warn": "is allowed with a warning"}.get(action or "", "is denied")
    return "is denied"


RULE = Rule(
    _ID,
    "pod rules say which risks they count",
    "Without weights no pod scores anything, and one threshold decides about all of them alike. Where that is meant, "
    "upstream wants it said.",
    on_policy=_on_policy,
)
