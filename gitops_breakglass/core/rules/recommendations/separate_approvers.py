"""On production somebody else approves."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.rules.recommendations.given_rights import on_production, production, serves_automation
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Location, Severity

_ID = "recommend-separate-approvers"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document, escalation in on_production(facts):
        if escalation.block_self_approval is False and not serves_automation(escalation, facts):
            yield _alone(f"escalation {escalation.name}", document.at("spec", "blockSelfApproval"))
    clusters = production(facts)
    for document in facts.of_kind("Configuration"):
        for index, offer in enumerate(facts.policy.configuration.offers):
            if not any(matches_any(offer.clusters, name) for name in clusters):
                continue
            if offer.block_self_approval is False:
                yield _alone(f"offer {offer.name}", document.at("offers", index, "blockSelfApproval"))
            elif offer.approval_optional:
                yield _alone(f"offer {offer.name}", document.at("offers", index, "approvalOptional"))


def _alone(what: str, place: Location) -> Finding:
    return Finding(
        _ID,
        f"{what} is to be had on production without a second person",
        place,
        Severity.WARNING,
        hint="let another group approve; keep self-service for clusters where nothing can be lost",
    )


RULE = Rule(
    _ID,
    "on production a second person approves",
    "One stolen account, or one tired person, is then not enough. Automation is left out: its approvers are named one by "
    "one, and are the automation itself.",
    on_policy=_on_policy,
)
