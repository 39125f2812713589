"""Access to production is for hours, not for days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.rules.recommendations.given_rights import on_production, production, serves_automation
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.window import print_duration

_ID = "recommend-short-access"
_FOR_PEOPLE = timedelta(hours=8)
"""A working day: the most that the use cases recommend for anybody but automation."""
_FOR_AUTOMATION = timedelta(days=14)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in on_production(facts):
        longest = _FOR_AUTOMATION if serves_automation(escalation, facts) else _FOR_PEOPLE
        if escalation.max_valid_for > longest:
            place = document.at("spec", "maxValidFor")
            yield _long(f"escalation {escalation.name}", escalation.max_valid_for, longest, place)
    clusters = production(facts)
    for document in facts.of_kind("Configuration"):
        for index, offer in enumerate(facts.policy.configuration.offers):
            there = any(matches_any(offer.clusters, name) for name in clusters)
            if there and not offer.recurring and offer.max_duration > _FOR_PEOPLE:
                place = document.at("offers", index, "maxDuration")
                yield _long(f"offer {offer.name}", offer.max_duration, _FOR_PEOPLE, place)


def _long(what: str, offered: timedelta, longest: timedelta, place: Location) -> Finding:
    return Finding(
        _ID,
        f"{what} is for {print_duration(offered)} on production, which is long",
        place,
        Severity.WARNING,
        hint=f"{print_duration(longest)} is the most that the use cases recommend; who needs more can ask again",
    )


RULE = Rule(
    _ID,
    "access to production is short",
    "Access that outlasts its reason is standing access. Eight hours are a shift; automation that asks for itself may have "
    "fourteen days.",
    on_policy=_on_policy,
)
