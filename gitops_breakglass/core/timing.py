"""When the access of a request holds, from a moment on: by its file, as if it were merged then, or by what was decided on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_breakglass.core.outlook import Outlook, outlook_at, outlook_of
from gitops_breakglass.core.schedule import course_of, recurrence_of, window_of
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import BreakglassRequest, Request
from gitops_breakglass.model.window import Window


@dataclass(frozen=True)
class Timing:
    """The next windows of a request from `at` on."""

    name: str
    at: datetime
    duration: timedelta
    outlook: Outlook
    recurrence: Recurrence | None = None
    is_decided: bool = False
    """Whether it is as it was decided; else as if it were merged at `at`."""
    begun: int = 0
    """How many windows had begun by then, of what was decided."""
    notes: tuple[str, ...] = ()

    @property
    def window(self) -> Window | None:
        """The one window of one-time access; None of recurring access, and once it is over."""
        return next(iter(self.outlook.stretches), None) if self.recurrence is None else None


def timing_of(request: Request, duration: timedelta, at: datetime, count: int) -> Timing:
    """Return the next windows as if the request were merged at that moment. Raises ScheduleError."""
    name = request.id.name
    if not isinstance(request, BreakglassRequest) or not request.schedule.is_recurring:
        return Timing(name, at, duration, outlook_at(window_of(request, duration, at), at))
    recurrence = recurrence_of(request.schedule, duration, at)
    return Timing(name, at, duration, outlook_of(recurrence, at, count), recurrence)


def decided_timing(statement: Statement, at: datetime, count: int) -> Timing:
    """Return the next windows of what was granted. Raises ScheduleError."""
    name, begun = str(statement.request), course_of(statement, at).begun
    recurrence = statement.recurrence
    if recurrence is not None:
        outlook = outlook_of(recurrence, at, count)
        return Timing(name, at, recurrence.duration, outlook, recurrence, is_decided=True, begun=begun)
    if not statement.windows:
        return Timing(name, at, timedelta(), Outlook((), ()), is_decided=True)
    window = statement.windows[0]
    return Timing(name, at, window.end - window.start, outlook_at(window, at), is_decided=True, begun=begun)
