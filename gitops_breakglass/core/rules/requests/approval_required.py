"""A Breakglass goes without approval only where its offer lets it."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.offers import asks_too_much
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "ApprovalRequired"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest) or request.approval_required:
        return
    fitting = [offer for offer in policy.configuration.offers if not asks_too_much(request, offer)]
    if fitting and not any(offer.approval_optional for offer in fitting):
        yield Finding(
            _ID,
            f"offer {fitting[0].name} is not to be had without approval",
            request.document.at("spec", "approval", "required"),
            hint="write `required: true`, or leave spec.approval out",
        )
    if request.approvers:
        yield Finding(
            _ID,
            "approvers are named, and none of them is to be asked",
            request.document.at("spec", "approval", "approvers"),
            Severity.WARNING,
            hint="write `required: true`, or take the approvers out",
        )


RULE = Rule(
    _ID,
    "a Breakglass is approved unless its offer says otherwise",
    "Whether somebody has to agree is decided by those who made the offer, not by the file that asks.",
    on_request=_on_request,
)
