"""Cron expressions, read by a library; no other module knows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from gitops_breakglass.core.crontab import problem_of

_ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)
"""The library wants a beginning; what an expression means does not depend on it."""


class ScheduleError(ValueError):
    """A cron expression or a zone that can't be read."""


@dataclass(frozen=True)
class Expression:
    """What an expression says of any day in any zone."""

    minutes: tuple[timedelta, ...]
    """The times of a day on which it is due, by the clock on the wall, in order; never none."""
    follows_real_time: bool
    """Whether its minute or its hour begins with `*`: then what a clock skips is skipped, and what it repeats comes twice."""
    falls_on: Callable[[date], bool]
    """Whether month, day of month and day of week name that day."""


@lru_cache(maxsize=1024)
def read_cron(cron: str) -> Expression:
    """Read five fields: minute, hour, day of month, month, day of week.

    As in Debian's cron a day has to fit both its fields where one of them begins with `*`, and otherwise either.

    Raises ScheduleError where it is none, and where no day can ever fit (`0 0 30 2 *`).
    """
    if (problem := problem_of(cron)) is not None:
        raise ScheduleError(problem.what)
    fields = cron.upper().split()
    # Not above: most of what is checked names no cron, and it takes as long as checking twenty files.
    from cronsim import CronSim, CronSimError

    try:
        parsed = CronSim(" ".join(fields), _ANY_TIME)
    except CronSimError as error:
        raise ScheduleError(str(error)) from None
    return Expression(
        tuple(
            timedelta(hours=hour, minutes=minute) for hour in sorted(parsed.hours) for minute in sorted(parsed.minutes)
        ),
        follows_real_time=fields[0].startswith("*") or fields[1].startswith("*"),
        falls_on=lambda day: day.month in parsed.months and parsed.match_day(day),
    )
