"""One-time access: a request and the moment of its merge become one window."""

from __future__ import annotations

from datetime import datetime, timedelta

from gitops_breakglass.model.request import DebugRequest, Request, SessionRequest
from gitops_breakglass.model.window import Window


def window_of(request: Request, duration: timedelta, merged_at: datetime) -> Window:
    """Return the one window of a one-time request.

    It begins with the merge, or where the request asks for a later start, then; it lasts `duration` from there,
    however late a reconciler sees it.
    """
    asked = None
    if not isinstance(request, DebugRequest):
        asked = request.scheduled_start if isinstance(request, SessionRequest) else request.schedule.start
    start = merged_at if asked is None else max(merged_at, asked)
    return Window(start, start + duration)
