"""The people that a request is for are known."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.identities import RESERVED_PREFIXES
from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest, Request, SessionRequest

_ID = "unknown-subject"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    for name, path in _named(request):
        # Names of Kubernetes' own are refused by a rule of their own.
        if name.startswith(RESERVED_PREFIXES):
            continue
        if policy.identities.answering_to(name, request.id.cluster) is None:
            known = [
                word
                for person in policy.identities.people
                for word in (*person.emails, person.username_on(request.id.cluster))
                if word
            ]
            yield Finding(
                _ID,
                f"{name} is nobody's e-mail address, nor anybody's username on {request.id.cluster}: nothing is granted",
                request.document.at(*path),
                Severity.WARNING,
                hint=nearest(name, known) or "leave it out: access is for the author of the change",
                refuses=True,
            )


def _named(request: Request) -> Iterator[tuple[str, Path]]:
    if isinstance(request, SessionRequest):
        if request.user is not None:
            yield request.user, ("spec", "user")
        return
    if isinstance(request, DebugRequest):
        if request.user is not None:
            yield request.user, ("spec", "requestedBy")
        return
    for index, subject in enumerate(request.subjects):
        if subject.kind == "User":
            yield subject.name, ("spec", "subjects", index, "name")


RULE = Rule(
    _ID,
    "whoever a request is for is in identities.yaml",
    "Access is for the person who asks, told by an exact e-mail or by their username on the cluster. A name that nobody "
    "has is refused after the merge at the latest.",
    on_request=_on_request,
)
