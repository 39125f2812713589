"""How many windows of one schedule are open at once."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from gitops_breakglass.core.schedule.cron import read_cron
from gitops_breakglass.core.schedule.ticks import Alike, days_between

COUNTED_AT_ONCE = 100
"""It is not counted any further: then a year of windows at every minute takes no longer than one of hourly ones."""
_DAY, _ANY_DAY = timedelta(days=1), datetime(2024, 1, 1, tzinfo=UTC)


def most_at_once(cron: str, location: str, duration: timedelta, begin: datetime, until: datetime) -> int:
    """Return how many windows are open at once at most, of those that begin from `begin` on and before `until`.

    Each lasts `duration`. From `COUNTED_AT_ONCE` on there may be more.

    Raises ScheduleError where the expression or the zone can't be read.
    """
    most, open_now = 0, deque[datetime]()
    for day in days_between(cron, location, begin, until):
        if isinstance(day, Alike):
            within, edges = _of_a_day(cron, duration)
            most, moments = max(most, within), tuple(day.midnight + each for each in edges)
        else:
            moments = day
        for at in moments:
            most = max(most, _opened(open_now, at, duration))
            if most >= COUNTED_AT_ONCE:
                return COUNTED_AT_ONCE
    return most


@lru_cache(maxsize=1024)
def _of_a_day(cron: str, duration: timedelta) -> tuple[int, tuple[timedelta, ...]]:
    """Return what a day on which no clock changes comes to by itself, and its times that meet those of the days beside it."""
    minutes = read_cron(cron).minutes
    open_now = deque[datetime]()
    within = max(_opened(open_now, _ANY_DAY + each, duration) for each in minutes)
    return within, tuple(each for each in minutes if each < duration or each > _DAY - duration)


def _opened(open_now: deque[datetime], at: datetime, duration: timedelta) -> int:
    """Add the window that begins then, and take out those that have ended by then; return how many are open."""
    open_now.append(at)
    while at - open_now[0] >= duration:
        open_now.popleft()
    return len(open_now)
