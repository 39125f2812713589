"""Cron expressions, read by a library that follows Debian's cron; no other module knows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from gitops_breakglass.core.zones import is_zone

_BEFORE = timedelta(days=2)
"""The library counts on from a wall clock time, which in the hour that comes twice is not one moment: so begin well before."""


class ScheduleError(ValueError):
    """A cron expression or a zone that can't be read."""


def ticks(cron: str, location: str, since: datetime) -> Iterator[datetime]:
    """Yield, in order and in UTC, each moment from `since` on (included) at which the expression is due.

    Daylight saving follows Debian's cron: a fixed time inside the gap is due at the first valid moment after it, inside the
    overlap once, at the first; an expression whose minute or hour field begins with `*` follows real time.

    Raises ScheduleError where the expression or the zone is none.
    """
    if not is_zone(location):
        msg = f"there is no time zone {location[:64]!r}"
        raise ScheduleError(msg)
    # Not above: most of what is checked names no cron, and it takes as long as checking twenty files.
    from zoneinfo import ZoneInfo

    from cronsim import CronSim, CronSimError

    begin = max(since, datetime.min.replace(tzinfo=UTC) + 2 * _BEFORE) - _BEFORE
    try:
        sim = CronSim(cron, begin.astimezone(ZoneInfo(location)))
    except CronSimError as error:
        raise ScheduleError(str(error)) from None
    last = None
    while True:
        try:
            tick = next(sim).astimezone(UTC)
        except (StopIteration, OverflowError):
            # Never again, or not before the end of the calendar.
            return
        if tick >= since and tick != last:
            last = tick
            yield tick
