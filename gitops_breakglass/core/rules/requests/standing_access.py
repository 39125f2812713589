"""The windows of a recurring Breakglass leave time between them."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.coverage import coverage_asked
from gitops_breakglass.core.offers import ONE_TIME_MAXIMUM
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request
from gitops_breakglass.model.window import print_duration

_ID = "standing-access"
_MOST_SHARE = 0.75
"""A schedule that covers more of its fullest week than this is standing access, however short its windows are."""
_HINT = "ask for shorter windows, or for fewer; who needs access all the time needs a role, not a request"


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    coverage = coverage_asked(request)
    if coverage is None:
        return
    if coverage.stretch > max(ONE_TIME_MAXIMUM, coverage.duration):
        since = f" from {coverage.begins:%Y-%m-%d %H:%M} UTC on" if coverage.begins else ""
        message = f"its windows run into one another, {print_duration(coverage.stretch)} without a break{since}"
    elif coverage.share > _MOST_SHARE:
        message = f"its windows cover {coverage.share:.0%} of the time where they are densest"
    else:
        return
    place = request.document.at("spec", "schedule", "cron")
    yield Finding(_ID, f"{message}, which is standing access", place, hint=_HINT)


RULE = Rule(
    _ID,
    "the windows of recurring access leave time between them",
    "Each window is short so that access ends. Windows that begin before the last one has ended never end.",
    on_request=_on_request,
)
