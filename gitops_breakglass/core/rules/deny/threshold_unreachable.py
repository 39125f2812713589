"""Thresholds rise, since the first that a score is within decides."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "threshold-unreachable"
_AT: Path = ("spec", "podSecurityRules", "thresholds")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        highest: int | None = None
        for index in range(reading.count(*_AT)):
            score = reading.number(*_AT, index, "maxScore")
            if score is None:
                continue
            if highest is not None and score <= highest:
                yield Finding(
                    _ID,
                    f"a score of {score} or less is decided by the threshold {highest} above, so this one never is",
                    document.at(*_AT, index, "maxScore"),
                    Severity.WARNING,
                    hint="list the thresholds from the lowest maxScore to the highest",
                )
            highest = score if highest is None else max(highest, score)


RULE = Rule(
    _ID,
    "every threshold can be reached",
    "Thresholds are tried in the order in which they are listed, not sorted. One behind a higher one is never tried: "
    "where it denies, nothing is denied by it.",
    on_policy=_on_policy,
)
