"""The cron expression of a recurring Breakglass has five fields that say when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "InvalidCronExpression"
_ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)
"""The parser wants a beginning; whether an expression is one does not depend on it."""
_LONGEST = 256


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest) or request.schedule.cron is None:
        return
    if (problem := _problem(request.schedule.cron)) is not None:
        yield Finding(
            _ID,
            f"{request.schedule.cron[:_LONGEST]!r} is no cron expression: {problem}",
            request.document.at("spec", "schedule", "cron"),
            hint="five fields: minute hour day month weekday, such as `0 9 * * 1-5`",
        )


def _problem(text: str) -> str | None:
    if len(text) > _LONGEST or len(text.split()) != 5:
        return "it does not have five fields"
    from cronsim import CronSim, CronSimError

    try:
        CronSim(text, _ANY_TIME)
    except CronSimError as error:
        return str(error)
    return None


RULE = Rule(
    _ID,
    "a cron expression has five fields that can be read",
    "Each occurrence opens a window of access, so what an expression means must not be guessed.",
    on_request=_on_request,
)
