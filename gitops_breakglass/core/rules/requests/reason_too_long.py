"""A reason is as long as upstream keeps."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request, SessionRequest

_ID = "reason-too-long"
_LONGEST = 500
"""What upstream keeps, of letters, digits, spaces and `.,;!?'-`; it drops any other character."""


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if isinstance(request, SessionRequest) and (length := len(request.reason)) > _LONGEST:
        yield Finding(
            _ID,
            f"the reason has {length} characters, and upstream takes {_LONGEST}",
            request.document.at("spec", "requestReason"),
            Severity.WARNING,
            hint="name the ticket and say the rest there",
        )


RULE = Rule(
    _ID,
    "a reason is short enough to be read",
    "An approver decides by it in the night, and upstream's own service takes no more than 500 characters.",
    on_request=_on_request,
)
