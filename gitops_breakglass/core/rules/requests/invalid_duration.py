"""A request's duration is positive, and within what is offered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.core.offers import ONE_TIME_MAXIMUM
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.document import Document, Path
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import Escalation, PolicySide
from gitops_breakglass.model.request import BreakglassRequest, DebugRequest, Request, SessionRequest
from gitops_breakglass.model.window import print_duration

_ID = "InvalidDuration"


def _on_request(request: Request, policy: PolicySide) -> Iterator[Finding]:
    configuration = policy.configuration
    if isinstance(request, BreakglassRequest):
        duration = request.schedule.duration
        path: Path = ("spec", "schedule", "duration")
        if duration is None:
            yield Finding(
                _ID,
                "it has no duration, so access would never end",
                request.document.at(*path),
                hint="write `duration: 1h` below spec.schedule, or as long as it takes",
            )
        elif not request.schedule.is_recurring:
            yield from _above(duration, ONE_TIME_MAXIMUM, "one-time access is", request.document, path)
    elif isinstance(request, DebugRequest):
        # What its template allows is a rule of its own.
        duration, path = request.duration, ("spec", "requestedDuration")
    else:
        duration = request.duration
        path = ("spec", "maxValidFor")
        for escalation in candidates(request, policy):
            yield from _above(
                duration, escalation.max_valid_for, f"escalation {escalation.name} is", request.document, path
            )
            yield from _kept_shorter(request, escalation)
    yield from _above(duration, configuration.max_duration, "in this repository it is", request.document, path)
    if duration is not None and duration < configuration.min_duration:
        shortest = print_duration(configuration.min_duration)
        yield Finding(
            _ID,
            f"{print_duration(duration)} is too short: it is at least {shortest}",
            request.document.at(*path),
            hint=f"write {shortest} or more",
        )
    yield from _unreadable(request.document)


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    for document in facts.of_kind("BreakglassEscalation"):
        yield from _unreadable(document)


def _unreadable(document: Document) -> Iterator[Finding]:
    """Look at the durations that are not read for what is granted: they are to be durations all the same."""
    reading = Reading(document)
    for field in ("idleTimeout", "retainFor"):
        reading.duration("spec", field)
    yield from reading.findings


def _kept_shorter(request: SessionRequest, escalation: Escalation) -> Iterator[Finding]:
    asked, most = request.retain_for, escalation.retain_for
    if asked is not None and most is not None and asked > most:
        yield Finding(
            _ID,
            f"the session would be kept for {print_duration(asked)} after its end: escalation {escalation.name} has it kept "
            f"for at most {print_duration(most)}",
            request.document.at("spec", "retainFor"),
            Severity.WARNING,
            hint=f"it goes after {print_duration(most)}; say so, or leave it out",
        )


def _above(
    duration: timedelta | None, maximum: timedelta, what: str, document: Document, path: Path
) -> Iterator[Finding]:
    if duration is not None and duration > maximum:
        longest = print_duration(maximum)
        yield Finding(
            _ID,
            f"{print_duration(duration)} is too long: {what} for at most {longest}",
            document.at(*path),
            hint=f"write {longest} or less",
        )


RULE = Rule(
    _ID,
    "a duration is positive, and within what is offered",
    "Access is for a while. The longest while is what the policy's approvers agreed to, and 24 hours for one-time "
    "access by a Breakglass; the shortest is one in which a reconciler can grant and end it.",
    on_request=_on_request,
    on_policy=_on_policy,
)
