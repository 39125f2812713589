"""The next windows of a request: what somebody is shown before it is approved, or wants to know afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_breakglass.core.schedule.recurring import begun_by, windows
from gitops_breakglass.core.schedule.union import union
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.window import Window

_MOST = 1000
"""Occurrences of which one stretch is made at most, before it is said to go on; hourly ones of more than a month."""
_DECADES = timedelta(days=7305)
"""How far ahead what comes after them is counted: an end in the year 9999 is none that anybody waits for."""


@dataclass(frozen=True)
class Outlook:
    """The windows from a moment on. `stretches` are disjoint and in order: occurrences that run together are one."""

    stretches: tuple[Window, ...]
    occurrences: tuple[Window, ...]
    """What the stretches are made of: each a window of its own."""
    more: int | None = 0
    """How many occurrences come after them; None where nothing bounds them."""
    goes_on: bool = False
    """Whether the last stretch is longer than was looked at: its end is that of the last occurrence that was."""


def outlook_of(recurrence: Recurrence, at: datetime, count: int) -> Outlook:
    """Return the first `count` stretches that end after `at`, and what is left after them.

    Raises ScheduleError where the schedule can't be read.
    """
    shown, is_cut = _shown(windows(recurrence, after=at), count)
    last = max(recurrence.since, at) if not shown else shown[-1].start
    return Outlook(union(shown), shown, _after(recurrence, last), is_cut)


def outlook_at(window: Window, at: datetime) -> Outlook:
    """Return the same of the one window of one-time access, which is none once it is over."""
    found = (window,) if window.end > at else ()
    return Outlook(found, found)


def _after(recurrence: Recurrence, last: datetime) -> int | None:
    """Return how many occurrences begin after that moment; None where nothing bounds them, or only in decades."""
    end = recurrence.ends_by or recurrence.until
    if end is None or end - last > _DECADES:
        return None
    return max(0, begun_by(recurrence, end) - begun_by(recurrence, last))


def _shown(coming: Iterator[Window], count: int) -> tuple[tuple[Window, ...], bool]:
    """Return the occurrences of so many stretches, and whether the last stretch was cut off."""
    shown: list[Window] = []
    stretches, end = 0, None
    for each in coming:
        joins = end is not None and each.start <= end
        if not joins and stretches == count:
            break
        stretches += not joins
        shown.append(each)
        end = each.end if end is None else max(end, each.end)
        if len(shown) == count + _MOST:
            return tuple(shown), True
    return tuple(shown), False
