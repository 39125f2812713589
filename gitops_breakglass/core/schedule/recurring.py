"""Recurring access: a schedule and the moment of its merge become bounds, and these become windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from gitops_breakglass.core.schedule.cron import ticks
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import Schedule
from gitops_breakglass.model.window import Window

_COUNTED = 10_000
"""Up to so many activations the last one is worked out at the decision; above, only `end` says when all is over."""


def recurrence_of(schedule: Schedule, duration: timedelta, merged_at: datetime) -> Recurrence:
    """Return the bounds of a schedule that has a cron expression; without a location it is read in UTC.

    Raises ScheduleError where the expression or the zone can't be read.
    """
    bare = Recurrence(
        cron=schedule.cron or "",
        location=schedule.location or "UTC",
        duration=duration,
        since=merged_at if schedule.start is None else max(merged_at, schedule.start),
        until=schedule.end,
        max_activations=schedule.max_activations,
    )
    return replace(bare, ends_by=_ends_by(bare))


def windows(recurrence: Recurrence, *, after: datetime | None = None) -> Iterator[Window]:
    """Yield the windows in the order of their beginnings: each of its own, so that they may overlap.

    With `after` only those that end after it; where activations are counted it takes as long as all of them.

    Raises ScheduleError where the expression or the zone can't be read.
    """
    since = recurrence.since
    if after is not None and recurrence.max_activations is None:
        since = max(since, after - recurrence.duration)
    for start in islice(ticks(recurrence.cron, recurrence.location, since), recurrence.max_activations):
        if recurrence.until is not None and start >= recurrence.until:
            return
        end = _end(recurrence, start)
        if end is None:
            return
        if after is None or end > after:
            yield Window(start, end)


def _end(recurrence: Recurrence, start: datetime) -> datetime | None:
    """Return when a window that begins then ends; None beyond the calendar."""
    bounds = [each for each in (recurrence.until, recurrence.ends_by) if each is not None]
    try:
        end = min([start + recurrence.duration, *bounds])
    except OverflowError:
        return None
    return end if end > start else None


def _ends_by(recurrence: Recurrence) -> datetime | None:
    if recurrence.max_activations is None or recurrence.max_activations > _COUNTED:
        return recurrence.until
    ends = [each.end for each in windows(recurrence)]
    return max(ends, default=recurrence.since)
