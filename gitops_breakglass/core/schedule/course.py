"""How a grant's windows stand at a moment: derived from what was signed and the time, on each run anew."""

from __future__ import annotations

from collections import deque
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
    )


# One run asks several times, at its one `now`.
@lru_cache(maxsize=4096)
def recurring_course(recurrence: Recurrence, now: datetime) -> Course:
    """Return how recurring windows stand. Every occurrence since the decision counts, seen by a run or not."""
    begun, opened, latest, upcoming = 0, deque[Window](), None, None
    try:
        for window in windows(recurrence):
            if window.start > now:
                upcoming = window
                break
            begun += 1
            latest = window
            if window.contains(now):
                opened.append(window)
    except ScheduleError as error:
        return Course(0, (), None, None, str(error))
    return Course(begun, tuple(opened), latest, upcoming)
