"""Days as a zone has them: most have 24 hours, and on some a clock skips or repeats a part."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


def moments(zone: ZoneInfo, wall: datetime) -> tuple[datetime, ...]:
    """Return when a clock shows that (naive) time, in UTC: once, twice where it goes back over it, never where it skips it."""
    first, second = _by_both_offsets(zone, wall)
    if first > second:
        return ()
    return (first,) if first == second else (first, second)


def first_moment(zone: ZoneInfo, wall: datetime) -> datetime:
    """Return when a clock first shows that (naive) time, in UTC, or where it skips it, the first moment after what it skips."""
    after, before = _by_both_offsets(zone, wall)
    if after <= before:
        return after
    # The change lies between what the offsets before and after it make of that time.
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def begin_of(zone: ZoneInfo, day: date) -> datetime:
    """Return the first moment of a day, in UTC. Whatever a clock does, days follow each other without a gap."""
    return first_moment(zone, datetime.combine(day, time()))


def day_of(zone: ZoneInfo, at: datetime) -> date:
    """Return the last day that has begun: the date on the wall, unless the clock has just gone back across midnight."""
    day = at.astimezone(zone).date()
    return day + _DAY if at >= begin_of(zone, day + _DAY) else day


def is_even(zone: ZoneInfo, day: date) -> bool:
    """Whether each minute of that day comes once, right after the last: then its moments follow from its midnight."""
    return day not in _uneven_days(zone, day.year)


@lru_cache(maxsize=4096)
def _uneven_days(zone: ZoneInfo, year: int) -> frozenset[date]:
    """Return the days of a year in which the offset from UTC changes. No zone has changed twice in four days since 1939."""
    new_year = date(year, 1, 1)
    midnights = [datetime.combine(new_year, time(), zone) + number * _DAY for number in range(367)]
    offsets = [{each.replace(fold=fold).utcoffset() for fold in (0, 1)} for each in midnights]
    return frozenset(new_year + at * _DAY for at in range(366) if len(offsets[at] | offsets[at + 1]) > 1)


def _by_both_offsets(zone: ZoneInfo, wall: datetime) -> tuple[datetime, datetime]:
    """Return what the offset before a change makes of a time, and what the one after it does; the same where there is none."""
    here = wall.replace(tzinfo=zone)
    return here.astimezone(UTC), here.replace(fold=1).astimezone(UTC)
