"""Scores and the weights of risk factors are not negative."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "negative-score"
_AT: Path = ("spec", "podSecurityRules")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        for index in range(reading.count(*_AT, "thresholds")):
            path: Path = (*_AT, "thresholds", index, "maxScore")
            if (score := reading.number(*path)) is not None and score < 0:
                yield Finding(
                    _ID,
                    f"no score is at most {score}",
                    document.at(*path),
                    hint="0 is the score of a pod without risks",
                )
        for path in _weights(reading):
            if (weight := reading.number(*path)) is not None and weight < 0:
                yield Finding(
                    _ID,
                    f"{path[-1]} counts {weight}: a risk would make up for another, or not count at all",
                    document.at(*path),
                    Severity.WARNING,
                    hint="0 is a factor that does not count",
                )


def _weights(reading: Reading) -> Iterator[Path]:
    factors = (*_AT, "riskFactors")
    yield from ((*factors, name) for name in reading.keys(*factors))
    yield from ((*factors, "capabilities", name) for name in reading.keys(*factors, "capabilities"))


RULE = Rule(
    _ID,
    "scores and weights are not negative",
    "Scores add up from what is risky in a pod. Upstream refuses a negative bound; a negative weight is taken for some "
    "factors, and left out for others.",
    on_policy=_on_policy,
)
