"""A session means one escalation."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, SessionRequest

_ID = "ambiguous-escalation"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, SessionRequest):
        return
    found = sorted(each.name for each in candidates(request, policy))
    if len(found) > 1:
        yield Finding(
            _ID,
            f"several escalations give group {request.granted_group} on {request.id.cluster}: {', '.join(found)}",
            request.document.at("spec", "grantedGroup"),
            hint=f"write `escalation: {found[0]}` instead, or the other one that you mean",
        )


RULE = Rule(
    _ID,
    "a session means exactly one escalation",
    "Two escalations may give one group on different terms. Which terms hold must not depend on the order of files.",
    on_request=_on_request,
)
