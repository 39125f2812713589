"""How a grant's windows stand at a moment: derived from what was signed and the time, on each run anew."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from itertools import islice, takewhile

from gitops_breakglass.core.schedule.cron import ScheduleError
from gitops_breakglass.core.schedule.recurring import begun_by, window_number, windows, windows_from
from gitops_breakglass.core.schedule.union import union
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.recurrence import Course, Recurrence
from gitops_breakglass.model.window import Window

_CHUNK = 16
"""How many windows are looked back at first, for the beginning of a stretch."""
_MOST = 2048
"""How many windows are looked at. What rules let through has no more open at once, nor in one stretch; what is forged may."""


def course_of(statement: Statement, now: datetime) -> Course:
    """Return how the windows of a decision stand; a schedule that can't be read any more opens nothing."""
    if statement.recurrence is not None:
        return recurring_course(statement.recurrence, now)
    begun = sorted(each for each in statement.windows if each.start <= now)
    later = [each for each in statement.windows if each.start > now]
    return Course(
        begun=len(begun),
        open=tuple(each for each in begun if each.contains(now)),
        latest=begun[-1] if begun else None,
        next=min(later, default=None),
        stretch=next(reversed(union(begun)), None),
    )


# One run asks several times, at its one `now`.
@lru_cache(maxsize=4096)
def recurring_course(recurrence: Recurrence, now: datetime) -> Course:
    """Return how recurring windows stand. Every occurrence since the decision counts, seen by a run or not."""
    try:
        begun = begun_by(recurrence, now)
        opened = takewhile(lambda each: each.start <= now, windows(recurrence, after=now))
        return Course(
            begun=begun,
            open=tuple(islice(opened, _MOST)),
            latest=window_number(recurrence, begun),
            next=window_number(recurrence, begun + 1),
            stretch=_stretch(recurrence, begun),
        )
    except ScheduleError as error:
        return Course(0, (), None, None, str(error))


def _stretch(recurrence: Recurrence, begun: int) -> Window | None:
    """Return the last unbroken stretch of those that have begun. Windows end in the order in which they begin."""
    many = _CHUNK
    while begun:
        first = max(1, begun - many)
        some = union(islice(windows_from(recurrence, first), begun - first + 1))
        if first == 1 or len(some) > 1 or many >= _MOST:
            return some[-1]
        many *= 8
    return None
