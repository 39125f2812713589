"""The last threshold says what happens to the highest scores."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity

_ID = "score-above-thresholds"
_AT: Path = ("spec", "podSecurityRules")
_OFTEN = ("hostPathWritable", "hostPathReadOnly")
"""Counted for each volume, as capabilities are for each container; the others count once."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        if not reading.has(*_AT):
            continue
        thresholds = range(reading.count(*_AT, "thresholds"))
        scores = [reading.number(*_AT, "thresholds", index, "maxScore") or 0 for index in thresholds]
        if not scores:
            yield Finding(
                _ID,
                "without thresholds every pod is denied, whatever its score",
                document.at(*_AT, "thresholds"),
                Severity.WARNING,
                hint="say so with `{maxScore: 0, action: deny, reason: …}`, or say from which score on",
            )
        elif not _denies_last(reading, len(scores)) and _may_exceed(reading, max(scores)):
            yield Finding(
                _ID,
                f"a pod that scores more than {max(scores)} is denied, and no threshold says so",
                document.at(*_AT, "thresholds", len(scores) - 1),
                Severity.WARNING,
                hint="add a last threshold with `action: deny` and a reason that helps whoever is denied",
            )


def _denies_last(reading: Reading, count: int) -> bool:
    return reading.text(*_AT, "thresholds", count - 1, "action") == "deny"


def _may_exceed(reading: Reading, bound: int) -> bool:
    """Whether a pod can score more: what counts once adds up, and what counts often has no bound."""
    factors = (*_AT, "riskFactors")
    weights = {name: reading.number(*factors, name) or 0 for name in reading.keys(*factors)}
    often = [weights[name] for name in _OFTEN if name in weights]
    often += [reading.number(*factors, "capabilities", name) or 0 for name in reading.keys(*factors, "capabilities")]
    return any(weight > 0 for weight in often) or sum(each for each in weights.values() if each > 0) > bound


RULE = Rule(
    _ID,
    "the thresholds say what happens to every score",
    "A score above the last threshold is denied, also behind one that only warns. Whoever meets that gets no reason that "
    "anybody wrote.",
    on_policy=_on_policy,
)
