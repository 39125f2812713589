"""The parts of a schedule go together."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "schedule-contradicts"


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest):
        return
    at = request.document.at
    schedule = request.schedule
    if schedule.start is not None and schedule.end is not None and schedule.end <= schedule.start:
        yield Finding(
            _ID,
            "it ends before it starts",
            at("spec", "schedule", "end"),
            hint="give an end after spec.schedule.start",
        )
    if schedule.is_recurring:
        return
    if schedule.end is not None:
        yield Finding(
            _ID,
            "an end is for recurring access: without cron access lasts for the duration, past this end where that is later",
            at("spec", "schedule", "end"),
            hint="take the end out, and ask for a duration that is short enough",
        )
    for field, given in (("location", schedule.location), ("maxActivations", schedule.max_activations)):
        if given is not None:
            yield Finding(
                _ID,
                f"{field} is for recurring access, and means nothing without cron",
                at("spec", "schedule", field),
                Severity.WARNING,
                hint="take it out: a time says its own offset, and one-time access is there once",
            )


RULE = Rule(
    _ID,
    "the parts of a schedule go together",
    "A schedule is read once, in a hurry, by whoever approves it. An end that does not end the access would be believed.",
    on_request=_on_request,
)
