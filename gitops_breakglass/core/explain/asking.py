"""Whether somebody may ask for an escalation, or by an offer."""

from __future__ import annotations

from gitops_breakglass.core.authorize.membership import people_of, perhaps_of
from gitops_breakglass.core.authorize.terms import Terms, terms_of
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.explanation import Question, Standing
from gitops_breakglass.model.policy import Offer, PolicySide
from gitops_breakglass.model.request import DebugRequest, Request, SessionRequest


def may_ask_session(
    request: SessionRequest | DebugRequest, policy: PolicySide, question: Question
) -> tuple[Standing, str]:
    """Return whether the subject may ask for what the request names, and why not; NOT_PROVED where a team decides it."""
    terms = terms_of(request, question.person or "", policy)
    if not isinstance(terms, Terms):
        return Standing.CLOSED, terms[0].message
    if question.person is None:
        return Standing.CLOSED, f"{question.subject} is nobody in identities.yaml"
    if question.person in terms.barred:
        return Standing.CLOSED, terms.barred[question.person].message
    perhaps = terms.perhaps_allowed
    return _among(question.person, terms.allowed, perhaps.people, perhaps.reasons)


def may_ask_offer(offer: Offer, policy: PolicySide, question: Question) -> tuple[Standing, str]:
    """Return the same for an offer."""
    if question.person is None:
        return Standing.CLOSED, f"{question.subject} is nobody in identities.yaml"
    perhaps = perhaps_of(offer.allowed, policy)
    people = people_of(offer.allowed, policy, question.cluster)
    return _among(question.person, people, perhaps.people, perhaps.reasons)


def may_have_asked(request: Request, policy: PolicySide, question: Question) -> bool:
    """Whether the subject may be the author of a request whose author is not known."""
    if isinstance(request, SessionRequest | DebugRequest):
        return may_ask_session(request, policy, question)[0] is not Standing.CLOSED
    return any(
        matches_any(offer.clusters, question.cluster)
        and may_ask_offer(offer, policy, question)[0] is not Standing.CLOSED
        for offer in policy.configuration.offers
    )


def _among(
    person: str, people: frozenset[str], perhaps: frozenset[str], reasons: tuple[Reason, ...]
) -> tuple[Standing, str]:
    if person in people:
        return Standing.OPEN, ""
    if person in perhaps:
        return Standing.NOT_PROVED, "; ".join(reason.message for reason in reasons)
    return Standing.CLOSED, f"{person} is not among those who may ask for it"
