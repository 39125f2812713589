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
_FIELDS = {
    "Bad minute": (0, "minutes are 0 to 59"),
    "Bad hour": (1, "hours are 0 to 23"),
    "Bad day-of-month": (2, "days are 1 to 31, and in the month that is named"),
    "Bad month": (3, "months are 1 to 12, or JAN to DEC"),
    "Bad day-of-week": (4, "weekdays are 0 (Sunday) to 7, or SUN to SAT"),
}
"""Which field the parser means by its words, and what fits there."""


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest) or request.schedule.cron is None:
        return
    if (found := _problem(request.schedule.cron)) is not None:
        problem, hint = found
        yield Finding(
            _ID,
            f"{request.schedule.cron[:_LONGEST]!r} is no cron expression: {problem}",
            request.document.at("spec", "schedule", "cron"),
            hint=hint,
        )


def _problem(text: str) -> tuple[str, str] | None:
    """Return what is wrong with an expression, and what to write instead."""
    general = "write five fields: minute hour day month weekday, such as `0 9 * * 1-5`"
    fields = text.split()
    if len(text) > _LONGEST or len(fields) != 5:
        return "it does not have five fields", general
    from cronsim import CronSim, CronSimError

    try:
        CronSim(text, _ANY_TIME)
    except CronSimError as error:
        index, hint = _FIELDS.get(str(error), (None, general))
        return (str(error) if index is None else f"its field {index + 1} is {fields[index]!r}"), hint
    return None


RULE = Rule(
    _ID,
    "a cron expression has five fields that can be read",
    "Each occurrence opens a window of access, so what an expression means must not be guessed.",
    on_request=_on_request,
)
