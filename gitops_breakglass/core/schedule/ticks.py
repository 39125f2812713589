"""The moments at which an expression is due in a zone: in order, and by their number."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from gitops_breakglass.core.schedule.cron import ScheduleError, read_cron
from gitops_breakglass.core.schedule.days import begin_of, day_of, first_moment, is_even, moments
from gitops_breakglass.core.zones import is_zone

_DAY = timedelta(days=1)
_FIRST, _LAST = date(2, 1, 1), date(9998, 12, 31)
"""Between these a day and its neighbours are days of the calendar in every zone."""


def ticks(cron: str, location: str, since: datetime) -> Iterator[datetime]:
    """Yield, in order and in UTC, each moment from `since` on (included) at which the expression is due.

    Daylight saving follows Debian's cron: a fixed time inside the gap is due at the first valid moment after it, inside the
    overlap once, at the first; an expression whose minute or hour field begins with `*` follows real time.

    Raises ScheduleError where the expression or the zone is none.
    """
    zone = zone_of(location)
    day = _day(zone, since)
    while day <= _LAST:
        if _many(cron, zone, day):
            yield from (each for each in ticks_on(cron, zone, day) if each >= since)
        day += _DAY


def count(cron: str, location: str, since: datetime, at: datetime) -> int:
    """Return at how many moments from `since` to `at`, both included, the expression is due.

    The moments are not made for it: a year costs less than a millisecond, once in a process.

    Raises ScheduleError as `ticks` does.
    """
    zone = zone_of(location)
    if at < since:
        return 0
    first, last = _day(zone, since), _day(zone, at)
    earlier = _earlier(cron, zone, first) + bisect_left(ticks_on(cron, zone, first), since)
    whole = sum(_running(cron, zone, year)[-1] for year in range(first.year, last.year))
    return whole + _earlier(cron, zone, last) + bisect_right(ticks_on(cron, zone, last), at) - earlier


def nth(cron: str, location: str, since: datetime, number: int, *, before: datetime | None = None) -> datetime | None:
    """Return the moment of that number, the first from `since` on (included) being 1.

    None where it is not before `before`, and beyond the calendar.

    Raises ScheduleError as `ticks` does.
    """
    zone = zone_of(location)
    first = _day(zone, since)
    left = number + _earlier(cron, zone, first) + bisect_left(ticks_on(cron, zone, first), since)
    for year in range(first.year, (_LAST.year if before is None else min(before.year + 1, _LAST.year)) + 1):
        running = _running(cron, zone, year)
        if left <= running[-1]:
            index = bisect_left(running, left)
            left -= running[index - 1] if index else 0
            found = ticks_on(cron, zone, date(year, 1, 1) + index * _DAY)[left - 1]
            return found if before is None or found < before else None
        left -= running[-1]
    return None


@dataclass(frozen=True)
class Alike:
    """A day on which no clock changes, nor on the one before: it comes to what every such day does, from its midnight on."""

    midnight: datetime
    """In UTC."""


def days_between(cron: str, location: str, begin: datetime, until: datetime) -> Iterator[Alike | tuple[datetime, ...]]:
    """Yield, in order, the days on which the expression is due, with its moments from `begin` on and before `until`.

    Most days are alike, and their moments are not made.

    Raises ScheduleError as `ticks` does.
    """
    zone = zone_of(location)
    first, last = day_of(zone, begin), day_of(zone, until)
    day = first
    while day <= last:
        if day in (first, last) or not (is_even(zone, day) and is_even(zone, day - _DAY)):
            yield tuple(each for each in ticks_on(cron, zone, day) if begin <= each < until)
        elif read_cron(cron).falls_on(day):
            yield Alike(begin_of(zone, day))
        day += _DAY


def zone_of(location: str) -> ZoneInfo:
    """Return the zone of that name. Raises ScheduleError where there is none."""
    if not is_zone(location):
        msg = f"there is no time zone {location[:64]!r}"
        raise ScheduleError(msg)
    return ZoneInfo(location)


@lru_cache(maxsize=128)
def ticks_on(cron: str, zone: ZoneInfo, day: date) -> tuple[datetime, ...]:
    """Return the moments of one day, in UTC and in order. Raises ScheduleError where the expression is none."""
    if is_even(zone, day) and is_even(zone, day - _DAY):
        return _by_the_wall(cron, zone, day)
    # What a clock skips of one day may be due on the next, and what it repeats may be.
    found = {*_by_the_wall(cron, zone, day - _DAY), *_by_the_wall(cron, zone, day)}
    begin, end = begin_of(zone, day), begin_of(zone, day + _DAY)
    return tuple(sorted(each for each in found if begin <= each < end))


@lru_cache(maxsize=128)
def _by_the_wall(cron: str, zone: ZoneInfo, day: date) -> tuple[datetime, ...]:
    """Return, in no order, the moments that are due by what the clock on the wall shows, or skips, of that date."""
    expression = read_cron(cron)
    if not expression.falls_on(day):
        return ()
    if is_even(zone, day):
        midnight = datetime.combine(day, time(), zone).astimezone(UTC)
        return tuple(midnight + each for each in expression.minutes)
    walls = [datetime.combine(day, time()) + each for each in expression.minutes]
    if expression.follows_real_time:
        return tuple(moment for wall in walls for moment in moments(zone, wall))
    return tuple(first_moment(zone, wall) for wall in walls)


def _day(zone: ZoneInfo, at: datetime) -> date:
    if not _FIRST <= at.date() <= _LAST:
        return min(max(at.date(), _FIRST), _LAST)
    return day_of(zone, at)


def _many(cron: str, zone: ZoneInfo, day: date) -> int:
    if is_even(zone, day) and is_even(zone, day - _DAY):
        expression = read_cron(cron)
        return len(expression.minutes) if expression.falls_on(day) else 0
    return len(ticks_on(cron, zone, day))


@lru_cache(maxsize=2048)
def _running(cron: str, zone: ZoneInfo, year: int) -> array[int]:
    """Return how many moments there are up to the end of each day of the year, that day's included."""
    many = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    return array("L", accumulate(_many(cron, zone, date(year, 1, 1) + number * _DAY) for number in range(many)))


def _earlier(cron: str, zone: ZoneInfo, day: date) -> int:
    """Return how many moments the year has before that day."""
    index = (day - date(day.year, 1, 1)).days
    return _running(cron, zone, day.year)[index - 1] if index else 0
