"""Few windows of a recurring Breakglass are open at once."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.coverage import coverage_asked
from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request

_ID = "windows-at-once"
_MOST = 10


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    coverage = coverage_asked(request)
    if coverage is not None and coverage.at_once > _MOST:
        # Not above: zones take as long as checking twenty files, and few of them recur.
        from gitops_breakglass.core.schedule.overlap import COUNTED_AT_ONCE

        number = f"{coverage.at_once}{' or more' * (coverage.at_once == COUNTED_AT_ONCE)}"
        yield Finding(
            _ID,
            f"{number} of its windows would be open at once, each with objects of its own; at most {_MOST} may be",
            request.document.at("spec", "schedule", "cron"),
            hint="write fewer, longer windows: where they overlap, one that lasts as long gives the same access",
        )


RULE = Rule(
    _ID,
    "ten windows of a schedule are open at once at most",
    "Each window is granted and ended by itself, so windows that overlap make the same objects many times over.",
    on_request=_on_request,
)
