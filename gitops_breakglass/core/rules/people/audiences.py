"""Every list of people on the policy side, with what it is for and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitops_breakglass.core.rules.rule import PolicyFacts
from gitops_breakglass.model.document import Document, Path
from gitops_breakglass.model.policy import Audience

_OVERRIDE: Path = ("spec", "podSecurityOverrides", "approvers")


@dataclass(frozen=True)
class Named:
    """One audience: `what` tells it in a message, `path` leads to it in its document."""

    what: str
    audience: Audience
    document: Document
    path: Path


def audiences(facts: PolicyFacts) -> Iterator[Named]:
    """Go through who may request and who may approve, everywhere."""
    for document in facts.of_kind("Configuration"):
        configuration = facts.policy.configuration
        yield Named("policyApprovers", configuration.policy_approvers, document, ("policyApprovers",))
        for index, offer in enumerate(configuration.offers):
            for field, audience in (("allowed", offer.allowed), ("approvers", offer.approvers)):
                yield Named(f"offer {offer.name}", audience, document, ("offers", index, field))
    for document in facts.of_kind("BreakglassEscalation"):
        if (escalation := facts.policy.escalation(document.name)) is not None:
            for field, audience in (("allowed", escalation.allowed), ("approvers", escalation.approvers)):
                yield Named(f"escalation {escalation.name}", audience, document, ("spec", field))
            second = escalation.override_approvers
            # Where none are named, the escalation's own approvers are asked, of whom all is said above.
            if second is not None and second != escalation.approvers:
                yield Named(f"what escalation {escalation.name} overrides", second, document, _OVERRIDE)
