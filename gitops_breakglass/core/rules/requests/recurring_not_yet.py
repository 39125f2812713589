"""A recurring Breakglass is said not to be judged yet."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "recurring-not-yet"


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if isinstance(request, BreakglassRequest) and request.schedule.is_recurring:
        yield Finding(
            _ID,
            "this version does not judge recurring access yet",
            request.document.at("spec", "schedule", "cron"),
            Severity.WARNING,
            hint="nothing is granted by it; ask for one window at a time, without spec.schedule.cron",
            refuses=True,
        )


RULE = Rule(
    _ID,
    "recurring access can't be judged yet",
    "What can't be judged is not clean, and is not granted.",
    on_request=_on_request,
)
