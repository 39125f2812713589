"""The approvers that a Breakglass names are people who may approve it."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.offers import misfits
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.identity import Person
from gitops_breakglass.model.policy import Audience, PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "approvers-unknown"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest):
        return
    offers = [offer for offer in policy.configuration.offers if not misfits(request, offer)]
    some_may = False
    for index, email in enumerate(request.approvers):
        # Exactly as an approval is counted later: upper and lower case are two addresses there.
        person = policy.identities.answering_to(email, request.id.cluster)
        path = ("spec", "approval", "approvers", index)
        if person is None:
            known = (each for one in policy.identities.people for each in one.emails)
            hint = nearest(email, known) or "identities.yaml says who there is"
            yield Finding(_ID, f"{email} is nobody's e-mail address", request.document.at(*path), hint=hint)
        elif offers and not any(_may(person, offer.approvers, policy, request.id.cluster) for offer in offers):
            message = f"{person.name} is not among those who may approve this"
            yield Finding(
                _ID, message, request.document.at(*path), Severity.WARNING, hint="an approval of theirs will not count"
            )
        else:
            some_may = True
    if request.approvers and offers and not some_may:
        yield Finding(
            _ID,
            "nobody of those named may approve this",
            request.document.at("spec", "approval", "approvers"),
            hint="the list narrows the offer's approvers; leave it out, or name some of them",
        )


def _may(person: Person, approvers: Audience, policy: PolicySide, cluster: str) -> bool:
    groups = policy.identities.groups_of(person) | policy.identities.groups_perhaps_of(person)
    return bool(groups & approvers.groups) or any(person.answers_to(word, cluster) for word in approvers.users)


RULE = Rule(
    _ID,
    "the approvers that are named may approve",
    "The list in a Breakglass only narrows who may approve by the offer. A name that is not among them waits for an "
    "approval that can't count.",
    on_request=_on_request,
)
