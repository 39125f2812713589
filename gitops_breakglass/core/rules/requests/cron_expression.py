"""The cron expression of a recurring Breakglass has five fields that say when, and a time at which it comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from gitops_breakglass.core.crontab import LONGEST, Problem, problem_of
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "InvalidCronExpression"
_ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)
"""Whether an expression ever comes does not depend on where one begins to look."""


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest) or request.schedule.cron is None:
        return
    found = problem_of(request.schedule.cron) or _never(request.schedule.cron)
    if found is not None:
        yield Finding(
            _ID,
            f"{request.schedule.cron[:LONGEST]!r} is no cron expression: {found.what}",
            request.document.at("spec", "schedule", "cron"),
            hint=found.instead,
        )


# Requests that recur are written one after the other, with the same schedule.
@lru_cache(maxsize=1024)
def _never(text: str) -> Problem | None:
    # Not above: zones take as long as checking twenty files, and few of them recur.
    from gitops_breakglass.core.schedule.cron import ScheduleError
    from gitops_breakglass.core.schedule.ticks import ticks

    try:
        comes = next(ticks(text, "UTC", _ANY_TIME), None) is not None
    except ScheduleError:
        # So the reader says of days that no month has.
        comes = False
    return None if comes else Problem("it never comes", "no month that it names has such a day")


RULE = Rule(
    _ID,
    "a cron expression has five fields that can be read, and comes at some time",
    "Each occurrence opens a window of access, so what an expression means must not be guessed.",
    on_request=_on_request,
)
