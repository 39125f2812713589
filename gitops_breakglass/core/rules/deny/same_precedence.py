"""Two deny policies about the same requests say which of them is named."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "same-precedence"
_LISTS = ("clusters", "tenants", "sessions", "escalationRefs")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    ranked: dict[int, list[Reading]] = {}
    for document in facts.of_kind("DenyPolicy"):
        reading = Reading(document)
        # Those that leave it out have no opinion about which comes first.
        if (precedence := reading.number("spec", "precedence")) is not None:
            ranked.setdefault(precedence, []).append(reading)
    for precedence, readings in ranked.items():
        for first, second in combinations(readings, 2):
            if _overlap(first, second):
                yield Finding(
                    _ID,
                    f"{first.document.name} has the precedence {precedence} too, and both may apply to one request",
                    second.document.at("spec", "precedence"),
                    Severity.NOTE,
                    hint="upstream then names either as the one that denied; the lower number comes first",
                )


def _overlap(first: Reading, second: Reading) -> bool:
    for field in _LISTS:
        one, other = (set(each.texts("spec", "appliesTo", field)) for each in (first, second))
        if one and other and "*" not in one | other and not one & other:
            return False
    return True


RULE = Rule(
    _ID,
    "deny policies that set a precedence do not share it",
    "Whichever denies, denies; the order decides which policy and which reason are told, and of two with one number "
    "upstream takes either.",
    on_policy=_on_policy,
)
