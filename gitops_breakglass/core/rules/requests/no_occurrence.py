"""A schedule comes at least once between its start and its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "no-occurrence"


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest):
        return
    cron, start, end = request.schedule.cron, request.schedule.start, request.schedule.end
    # Without a start it is the day of the merge that says, which is not known here.
    if cron is None or start is None or end is None or start >= end:
        return
    if not _comes(cron, request.schedule.location or "UTC", start, end):
        yield Finding(
            _ID,
            f"{cron!r} does not come between its start and its end, so no access would ever begin",
            request.document.at("spec", "schedule", "end"),
            hint="give a later spec.schedule.end, or another cron; it is read in the zone of spec.schedule.location",
        )


def _comes(cron: str, location: str, start: datetime, end: datetime) -> bool:
    """Whether a window begins before the end, where the expression and the zone can be read."""
    # Not above: zones take as long as checking twenty files, and few of them recur.
    from gitops_breakglass.core.schedule.cron import ScheduleError
    from gitops_breakglass.core.schedule.ticks import ticks

    try:
        first = next(ticks(cron, location, start), None)
    except ScheduleError:
        return True
    return first is None or first < end


RULE = Rule(
    _ID,
    "a schedule comes at least once between its start and its end",
    "A request that can't come to any access is a slip, and would be found out when access is needed.",
    on_request=_on_request,
)
