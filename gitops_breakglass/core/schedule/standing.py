"""How much of the time a schedule covers: windows that run into one another amount to standing access."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from gitops_breakglass.core.schedule.cron import read_cron
from gitops_breakglass.core.schedule.overlap import most_at_once
from gitops_breakglass.core.schedule.ticks import Alike, count, days_between
from gitops_breakglass.model.request import Schedule

_MOMENT, _HOUR, _WEEK = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=7)
_LOOKED_AT = timedelta(days=397)
"""A leap year and a month: what runs on from one year into the next is one stretch too."""
_LEAP_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Coverage:
    """What a schedule comes to over a leap year."""

    duration: timedelta
    """That of each window."""
    stretch: timedelta
    """The longest time without a break: windows that touch or overlap are one stretch. Zero without any window."""
    begins: datetime | None
    """When the first stretch of that length begins, in UTC; None without any window."""
    share: float
    """How much of the time it covers in its fullest week, or where one window lasts longer than half of one, in twice its duration."""
    windows: int
    """How many windows that is."""
    at_once: int
    """How many windows are open at once at most; from `COUNTED_AT_ONCE` on there may be more."""


@lru_cache(maxsize=4096)
def coverage_of(schedule: Schedule, duration: timedelta) -> Coverage:
    """Return what a recurring schedule covers in 397 days from its `start`, or from 2024 on where it has none.

    `duration` is that of each window. `end` counts where there is a `start`, and `maxActivations` always: so many windows in a row,
    wherever in that time they fall. Days that are alike are worked out once: a year costs milliseconds, however often windows begin.

    Raises ScheduleError where the expression or the zone can't be read.
    """
    begin = schedule.start or _LEAP_YEAR
    until = begin + _LOOKED_AT
    if schedule.start is not None and schedule.end is not None:
        until = max(begin, min(until, schedule.end))
    cron, location = schedule.cron or "", schedule.location or "UTC"
    found = _stretches(cron, location, duration, begin, until)
    longest, most = found.longest, schedule.max_activations
    span = max(_WEEK, 2 * duration)
    covered, windows = found.fullest(span), count(cron, location, begin, until - _MOMENT)
    if most is not None:
        windows = min(windows, most)
        longest = min(longest, duration + (most - 1) * found.step)
        covered = min(covered, most * duration)
    at_once = min(windows, most_at_once(cron, location, duration, begin, until))
    return Coverage(duration, longest, found.begins, min(1.0, covered / (span + _HOUR)), windows, at_once)


@dataclass
class _Stretches:
    """Windows taken together that begin no further apart than they are long; all are equally long."""

    duration: timedelta
    first: datetime | None = None
    """When the stretch that is being followed began."""
    last: datetime | None = None
    """When its last window began."""
    longest: timedelta = timedelta()
    begins: datetime | None = None
    covered: timedelta = timedelta()
    step: timedelta = timedelta()
    """The furthest apart that two windows of one stretch begin."""
    days: list[tuple[datetime, timedelta, bool]] = field(default_factory=list)
    """When each day began on which windows begin, how much was covered by those before it, and whether a week is taken from it."""

    def fullest(self, span: timedelta) -> timedelta:
        """Return how much is covered at most by windows that begin in so much time from the beginning of a day on."""
        at, most, ends = 0, timedelta(), [*self.days, (None, self.covered, False)]
        for begin, before, is_first in self.days:
            # An hour less, since a clock may go forward in it.
            while (end := ends[at][0]) is not None and end < begin + span - _HOUR:
                at += 1
            most = max(most, ends[at][1] - before) if is_first else most
        return most

    def add(self, first: datetime, last: datetime) -> None:
        """Take windows without a break between them: when the first of them begins, and the last."""
        if self.first is None or self.last is None or first - self.last > self.duration:
            self.first = first
            self.covered += self.duration
        else:
            self.covered += first - self.last
            self.step = max(self.step, first - self.last)
        self.covered += last - first
        self.last = last
        if last - self.first + self.duration > self.longest:
            self.longest, self.begins = last - self.first + self.duration, self.first


def _stretches(cron: str, location: str, duration: timedelta, begin: datetime, until: datetime) -> _Stretches:
    found = _Stretches(duration)
    runs, between, found.step = _alike(cron, duration)
    for day in days_between(cron, location, begin, until):
        if isinstance(day, Alike):
            found.days.append((day.midnight, found.covered, True))
            for run in runs:
                found.add(day.midnight + run[0], day.midnight + run[1])
            found.covered += between
        elif day:
            found.days.append((day[0], found.covered, False))
            for at in day:
                found.add(at, at)
    return found


@lru_cache(maxsize=1024)
def _alike(cron: str, duration: timedelta) -> tuple[tuple[tuple[timedelta, timedelta], ...], timedelta, timedelta]:
    """Return what all days come to on which no clock changes.

    That is the first stretch, the longest of those between and the last (each from the beginning of its first window to that of its
    last), how much the others between cover, and the furthest apart that two windows of one stretch begin.
    """
    minutes = read_cron(cron).minutes
    steps = [later - earlier for earlier, later in pairwise(minutes)]
    breaks = [at + 1 for at, step in enumerate(steps) if step > duration]
    runs = [(minutes[begin], minutes[end - 1]) for begin, end in pairwise([0, *breaks, len(minutes)])]
    between = runs[1:-1]
    longest = max(between, key=lambda run: run[1] - run[0], default=None)
    kept = [runs[0], *([longest] if longest else []), *(runs[1:] and [runs[-1]])]
    covered = sum((end - begin + duration for begin, end in between), timedelta())
    if longest:
        covered -= longest[1] - longest[0] + duration
    return tuple(kept), covered, max((step for step in steps if step <= duration), default=timedelta())
