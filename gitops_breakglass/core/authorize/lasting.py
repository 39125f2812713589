"""Whether a source still offers what was granted, to those whom it was granted to, by the policy side's own words."""

from __future__ import annotations

from dataclasses import replace

from gitops_breakglass.core.authorize.decide import rule_reasons
from gitops_breakglass.core.authorize.people import subject_of
from gitops_breakglass.core.authorize.terms import Terms, terms_of
from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.debug_offer import DebugOffer
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest, Request, Subject


def offered_no_more(
    request: Request, source: str, author: str, subject: Subject | None, policy: PolicySide
) -> str | None:
    """Return why a grant of that source is not offered to its author any more, or None while it is.

    Teams of a forge are not asked again: who may be in one counts as being in it. A person who has left the policy side, or
    has another username on the cluster, is not the one who was meant; the old username may be somebody else's soon.
    """
    terms = _terms_left(request, source, author, subject, policy)
    return terms if isinstance(terms, str) else None


def left_of_session(
    statement: Statement, debug: DebugGrant, request: DebugRequest, policy: PolicySide
) -> DebugGrant | str:
    """Return what the policy side still offers of a session that was granted, or why it is nothing.

    It is the template and the binding of the decision that count, whichever others there are by now. What may be done with
    its pods shrinks with them. A participant who is gone, has another username or may not ask any more loses only their own
    access.
    """
    source = str(statement.evidence.get("source", ""))
    terms = _terms_left(request, source, str(statement.evidence.get("author", "")), statement.subject, policy)
    if isinstance(terms, str):
        return terms
    offer = offer_of(request, policy, decided=source)
    if not isinstance(offer, DebugOffer):
        return offer[0].message
    # The rules are asked about the session alone: by its own binding, and without those whose access is their own matter.
    bindings = () if offer.binding is None else (offer.binding,)
    narrowed = replace(policy, debug=replace(policy.debug, bindings=bindings))
    if reasons := rule_reasons(replace(request, participants=()), (narrowed,)):
        return f"{source} does not offer it any more: {reasons[0].message}"
    still = set(terms.participating)
    return replace(
        debug,
        operations=debug.operations.both(offer.operations),
        participants=tuple(each for each in debug.participants if each in still),
    )


def _terms_left(request: Request, source: str, author: str, subject: Subject | None, policy: PolicySide) -> Terms | str:
    """Return the terms by which the source still offers it to its author, or why it does not."""
    terms = terms_of(request, author, policy, decided=source)
    if not isinstance(terms, Terms):
        return f"{source} does not offer it any more: {terms[0].message}"
    if terms.source != source:
        return f"it is one of {terms.source} now, and was decided as one of {source}"
    if policy.identities.person(author) is None:
        return f"{author} is not in identities.yaml any more"
    if author not in terms.allowed | terms.perhaps_allowed.people:
        return f"{author} is not among those who may request {source} any more"
    if subject_of(request, author, (policy,)) != subject:
        return f"{author} is not {subject.name if subject else 'its subject'} on {request.id.cluster} any more"
    return terms
