"""Nobody asks for access for a name that belongs to Kubernetes, or for a group."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.read.identities import RESERVED_PREFIXES
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request, SessionRequest

_ID = "system-subject"
_HINT = "leave it out: access is for the author of the change"


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    at = request.document.at
    if not isinstance(request, BreakglassRequest):
        field = "user" if isinstance(request, SessionRequest) else "requestedBy"
        if request.user is not None and request.user.startswith(RESERVED_PREFIXES):
            yield Finding(_ID, f"{request.user} belongs to Kubernetes itself", at("spec", field), hint=_HINT)
        return
    for index, subject in enumerate(request.subjects):
        if subject.kind != "User":
            message = f"access is for one person, and {subject.name} is a {subject.kind or 'subject of no kind'}"
            yield Finding(_ID, message, at("spec", "subjects", index, "kind"), hint=_HINT)
        elif subject.name.startswith(RESERVED_PREFIXES):
            message = f"{subject.name} belongs to Kubernetes itself"
            yield Finding(_ID, message, at("spec", "subjects", index, "name"), hint=_HINT)


RULE = Rule(
    _ID,
    "access is for a person, never for a group or a name of Kubernetes' own",
    "What `system:masters` holds passes RBAC and webhooks by and can't be taken back; what a group holds, its members "
    "of tomorrow hold too.",
    on_request=_on_request,
)
