"""A session gives its reason where the escalation asks for one."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, SessionRequest

_ID = "reason-missing"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, SessionRequest) or request.reason.strip():
        return
    for escalation in candidates(request, policy):
        if escalation.request_reason_mandatory:
            yield Finding(
                _ID,
                f"escalation {escalation.name} asks for a reason",
                request.document.at("spec", "requestReason"),
                hint="write `requestReason:` below spec, with the ticket and why the access is needed",
            )


RULE = Rule(
    _ID,
    "a reason is given where the escalation asks for one",
    "An approver decides by the reason, and so does whoever reads the history afterwards.",
    on_request=_on_request,
)
