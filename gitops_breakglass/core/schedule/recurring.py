"""Recurring access: a schedule and the moment of its merge become bounds, and these become windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count as numbers

from gitops_breakglass.core.schedule.ticks import count, nth, ticks
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import Schedule
from gitops_breakglass.model.window import Window

_MOMENT, _FAR = timedelta(microseconds=1), timedelta(days=7305)


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

    With `after` only those that end after it; the many before it are counted, not made.

    Raises ScheduleError where the expression or the zone can't be read.
    """
    if after is None:
        return windows_from(recurrence, 1)
    return (each for each in windows_from(recurrence, _first_open(recurrence, after)) if each.end > after)


def windows_from(recurrence: Recurrence, number: int) -> Iterator[Window]:
    """Yield the windows from the one of that number on; the first of all is 1.

    Raises ScheduleError where the expression or the zone can't be read.
    """
    cron, location, since = recurrence.cron, recurrence.location, recurrence.since
    begin = since if number == 1 else nth(cron, location, since, number)
    if begin is None:
        return
    for at, start in zip(numbers(number), ticks(cron, location, begin), strict=False):
        window = _window(recurrence, start)
        if window is None or (recurrence.max_activations is not None and at > recurrence.max_activations):
            return
        yield window


def window_number(recurrence: Recurrence, number: int) -> Window | None:
    """Return the window of that number, the first being 1; None where there is none.

    Raises ScheduleError where the expression or the zone can't be read.
    """
    most = recurrence.max_activations
    if number < 1 or (most is not None and number > most):
        return None
    start = nth(recurrence.cron, recurrence.location, recurrence.since, number)
    return None if start is None else _window(recurrence, start)


def begun_by(recurrence: Recurrence, now: datetime) -> int:
    """Return how many windows have begun at that moment: it is the number of the last of them, and never decreases.

    Raises ScheduleError where the expression or the zone can't be read.
    """
    last = min([now, *map(_before, _bounds(recurrence))])
    begun = count(recurrence.cron, recurrence.location, recurrence.since, last)
    return begun if recurrence.max_activations is None else min(begun, recurrence.max_activations)


def _first_open(recurrence: Recurrence, after: datetime) -> int:
    """Return the number of the first window that may end after that moment."""
    if after - recurrence.since < recurrence.duration:
        return 1
    return begun_by(recurrence, after - recurrence.duration) + 1


def _window(recurrence: Recurrence, start: datetime) -> Window | None:
    """Return the window that begins then, which ends with what bounds them all; None where that is over."""
    end = min([_later(start, recurrence.duration), *_bounds(recurrence)])
    return Window(start, end) if end > start else None


def _bounds(recurrence: Recurrence) -> list[datetime]:
    """Return what no window begins at or goes past."""
    return [each for each in (recurrence.until, recurrence.ends_by) if each is not None]


def _ends_by(recurrence: Recurrence) -> datetime | None:
    """Return when the last of counted windows has ended, and otherwise the end that was asked for.

    Windows are equally long, so the last to begin is the last to end. A count that takes twenty years or more has no end.
    """
    most = recurrence.max_activations
    if most is None:
        return recurrence.until
    horizon = _later(recurrence.since, _FAR)
    if recurrence.until is not None:
        horizon = min(horizon, recurrence.until)
    start = nth(recurrence.cron, recurrence.location, recurrence.since, most, before=horizon)
    if start is None and horizon != recurrence.until:
        return recurrence.until
    last = window_number(recurrence, begun_by(recurrence, horizon)) if start is None else _window(recurrence, start)
    return recurrence.since if last is None else last.end


def _before(at: datetime) -> datetime:
    """Return the last moment before that one; the first of the calendar has none."""
    return at - _MOMENT if at > datetime.min.replace(tzinfo=UTC) else at


def _later(at: datetime, by: timedelta) -> datetime:
    """Return a moment later by that, or the last of the calendar."""
    last = datetime.max.replace(tzinfo=UTC)
    return last if last - at < by else at + by
