"""Recurring access without an end goes on until somebody deletes its file."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "schedule-without-end"


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest) or not request.schedule.is_recurring:
        return
    if request.schedule.end is None and request.schedule.max_activations is None:
        yield Finding(
            _ID,
            "it has neither end nor maxActivations: access comes again and again until the file is deleted",
            request.document.at("spec", "schedule", "cron"),
            Severity.NOTE,
            hint="give a spec.schedule.end, so that somebody has to agree to it anew",
        )


RULE = Rule(
    _ID,
    "recurring access has an end",
    "People leave and reasons pass; what was agreed to once and has no end is never looked at again.",
    on_request=_on_request,
)
