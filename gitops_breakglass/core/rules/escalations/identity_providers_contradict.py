"""The identity providers of an escalation are named for both sides at once, or for each of the two."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding

_ID = "identity-providers-contradict"
_BOTH = "allowedIdentityProviders"
_SIDES = ("allowedIdentityProvidersForRequests", "allowedIdentityProvidersForApprovers")


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("BreakglassEscalation"):
        reading = Reading(document)
        given = [field for field in _SIDES if reading.count("spec", field)]
        if reading.count("spec", _BOTH):
            for field in given:
                yield Finding(
                    _ID,
                    f"{field} and {_BOTH} say the same thing twice",
                    document.at("spec", field),
                    hint=f"keep {_BOTH} for requesters and approvers alike, or one list for each of them",
                )
        elif len(given) == 1:
            missing = next(field for field in _SIDES if field not in given)
            yield Finding(
                _ID,
                f"{given[0]} is set and {missing} is not",
                document.at("spec", given[0]),
                hint=f"add spec.{missing}, or use {_BOTH} for both",
            )


RULE = Rule(
    _ID,
    "identity providers are named in one way",
    "Two lists about the same people leave open which of them holds, and a list for one side only leaves the other side "
    "open. Upstream refuses both.",
    on_policy=_on_policy,
)
