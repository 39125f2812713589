"""What the windows of a request come to, where it is one for recurring access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_breakglass.model.request import BreakglassRequest, Request

if TYPE_CHECKING:
    from gitops_breakglass.core.schedule.standing import Coverage


def coverage_asked(request: Request) -> Coverage | None:
    """Return what its windows cover; None of access that does not recur, and where rules of their own say why it can't be told."""
    if not isinstance(request, BreakglassRequest) or not request.schedule.is_recurring or not request.schedule.duration:
        return None
    # Not above: zones take as long as checking twenty files, and few of them recur.
    from gitops_breakglass.core.schedule.cron import ScheduleError
    from gitops_breakglass.core.schedule.standing import coverage_of

    try:
        return coverage_of(request.schedule, request.schedule.duration)
    except ScheduleError:
        return None
