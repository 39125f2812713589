"""How a grant's windows stand at a moment: derived from what was signed and the time, on each run anew."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from gitops_breakglass.core.schedule.cron import ScheduleError
from gitops_breakglass.core.schedule.recurring import windows
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.recurrence import Course, Recurrence
from gitops_breakglass.model.window import Window


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
        stretch=_stretch(begun),
    )


# One run asks several times, at its one `now`.
@lru_cache(maxsize=4096)
def recurring_course(recurrence: Recurrence, now: datetime) -> Course:
    """Return how recurring windows stand. Every occurrence since the decision counts, seen by a run or not."""
    begun, opened, latest, upcoming = 0, deque[Window](), None, None
    stretch: Window | None = None
    try:
        for window in windows(recurrence):
            if window.start > now:
                upcoming = window
                break
            begun += 1
            latest = window
            stretch = _joined(stretch, window)
            if window.contains(now):
                opened.append(window)
    except ScheduleError as error:
        return Course(0, (), None, None, str(error))
    return Course(begun, tuple(opened), latest, upcoming, stretch=stretch)


def _stretch(begun: Iterable[Window]) -> Window | None:
    stretch: Window | None = None
    for window in begun:
        stretch = _joined(stretch, window)
    return stretch


def _joined(stretch: Window | None, window: Window) -> Window:
    """Return the stretch that a window goes on with, or begins: where it begins later than the last one ends."""
    if stretch is None or window.start > stretch.end:
        return window
    return Window(stretch.start, max(stretch.end, window.end))
