"""How much of the time a schedule covers: windows that run into one another amount to standing access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from gitops_breakglass.core.schedule.recurring import windows
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import Schedule

MOST_SHARE = 0.75
"""A schedule that covers more of the time than this is standing access, however short its windows are."""
_YEAR = timedelta(days=366)
_WEEK = timedelta(days=7)
_MOST_WINDOWS = 20_000
"""So many windows say what there is to say, and a hostile file could ask for half a million."""
_LEAP_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Coverage:
    """What a schedule comes to over a leap year."""

    stretch: timedelta
    """The longest time without a break: windows that touch or overlap are one stretch. Zero without any window."""
    begins: datetime | None
    """When the first stretch of that length begins, in UTC; None without any window."""
    share: float
    """How much of the time it covers while it runs (a week at least): between 0 and 1."""
    windows: int = 0
    """How many windows that is."""


@lru_cache(maxsize=4096)
def coverage_of(schedule: Schedule, duration: timedelta) -> Coverage:
    """Return what a recurring schedule covers in the leap year from its `start`, or in 2024 where it has none.

    `duration` is that of each window. `end` counts where there is a `start`, and `maxActivations` always.

    Raises ScheduleError where the expression or the zone can't be read.
    """
    begin = schedule.start or _LEAP_YEAR
    recurrence = Recurrence(
        cron=schedule.cron or "",
        location=schedule.location or "UTC",
        duration=duration,
        since=begin,
        until=schedule.end if schedule.start else None,
        max_activations=schedule.max_activations,
    )
    longest, begins, covered = timedelta(), None, timedelta()
    opened, end = begin, begin
    number, is_whole = 0, recurrence.until is None and recurrence.max_activations is None
    for window in windows(recurrence):
        if number == _MOST_WINDOWS:
            is_whole = False
            break
        if window.start >= begin + _YEAR:
            break
        number += 1
        if window.start > end:
            opened = window.start
        covered += window.end - max(window.start, min(end, window.end))
        end = max(end, window.end)
        if end - opened > longest:
            longest, begins = end - opened, opened
    runs = _YEAR if is_whole else end - begin
    return Coverage(longest, begins, covered / max(_WEEK, runs), number)
