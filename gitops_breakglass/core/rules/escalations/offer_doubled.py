"""Each offer says something that no other offer says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import Offer

_ID = "offer-doubled"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("Configuration"):
        seen: dict[Offer, str] = {}
        for index, offer in enumerate(facts.policy.configuration.offers):
            content = replace(offer, name="", clusters=tuple(sorted(offer.clusters)))
            first = seen.setdefault(content, offer.name)
            if first != offer.name:
                yield Finding(
                    _ID,
                    f"offer {offer.name} says the same as offer {first}",
                    document.at("offers", index, "name"),
                    Severity.WARNING,
                    hint="keep one: a later change of one of them would be undone by the other",
                )


RULE = Rule(
    _ID,
    "no two offers are the same",
    "Whoever narrows one of them thinks that less is offered now, and everything still is.",
    on_policy=_on_policy,
)
