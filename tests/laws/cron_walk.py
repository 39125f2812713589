"""Debian cron's rule as a walk over every minute: slow, plain, and written from cron(8) and crontab(5) alone.

The daemon wakes every minute and looks at the clock on the wall. Where the clock has gone on by one minute it runs what fits that
minute. Where it has leapt forwards, jobs of a fixed time that it leapt over run now. Where it has gone back, they do not run again
until the clock shows a time that it has not shown before. Jobs whose minute or hour begins with `*` run by what the clock shows.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def walk(cron, location, begin, end):
    """Return each minute of [begin, end), in UTC, at which the daemon runs the job in that zone."""
    fields = cron.lower().split()
    fixed = not (fields[0].startswith("*") or fields[1].startswith("*"))
    fits = _fits(fields)
    found = []
    highest = None
    for now, wall in _minutes(location, begin, end):
        if not fixed or highest is None or wall == highest + MINUTE:
            due = fits(wall)
        else:
            # Nothing where the clock has gone back.
            due = any(fits(skipped) for skipped in _leapt(highest, wall))
        highest = wall if highest is None or wall > highest else highest
        if due and now >= begin:
            found.append(now)
    return found


@cache
def _minutes(location, begin, end):
    """Return each minute and what the clock shows, from three days before: what was shown already has to be known."""
    zone = ZoneInfo(location)
    first = begin.replace(second=0, microsecond=0) - timedelta(days=3)
    moments = (first + number * MINUTE for number in range((end - first) // MINUTE))
    return [(now, now.astimezone(zone).replace(tzinfo=None)) for now in moments]


def _leapt(highest, wall):
    """Return each time that the clock has come to or leapt over since it showed that one."""
    return [highest + (number + 1) * MINUTE for number in range((wall - highest) // MINUTE)]


def _fits(fields):
    minutes, hours, days, months, weekdays = (
        _numbers(fields[0], 0, 59),
        _numbers(fields[1], 0, 23),
        _numbers(fields[2], 1, 31),
        _numbers(fields[3], 1, 12, MONTHS, 1),
        {number % 7 for number in _numbers(fields[4], 0, 7, DAYS)},
    )
    both = fields[2].startswith("*") or fields[4].startswith("*")

    def fits(wall):
        if wall.minute not in minutes or wall.hour not in hours or wall.month not in months:
            return False
        by_day, by_weekday = wall.day in days, wall.isoweekday() % 7 in weekdays
        return (by_day and by_weekday) if both else (by_day or by_weekday)

    return fits


def _numbers(text, low, high, names=(), first=0):
    found = set()
    for term in text.split(","):
        span, _, step = term.partition("/")
        begin, dash, end = span.partition("-")
        if begin == "*":
            values = range(low, high + 1)
        elif dash:
            values = range(_number(begin, names, first), _number(end, names, first) + 1)
        else:
            values = [_number(begin, names, first)]
        found.update(values[:: int(step or 1)])
    return found


def _number(text, names, first):
    return names.index(text) + first if text in names else int(text)


def year(number):
    return datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC)
