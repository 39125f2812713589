"""Whether a source still offers what was granted, to the one whom it was granted to, by the policy side's own words."""

from __future__ import annotations

from gitops_breakglass.core.authorize.people import subject_of
from gitops_breakglass.core.authorize.terms import Terms, terms_of
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, Subject


def offered_no_more(
    request: Request, source: str, author: str, subject: Subject | None, policy: PolicySide
) -> str | None:
    """Return why a grant of that source is not offered to its author any more, or None while it is.

    Teams of a forge are not asked again: who may be in one counts as being in it. A person who has left the policy side, or
    has another username on the cluster, is not the one who was meant; the old username may be somebody else's soon.
    """
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
    return None
