"""The cron expression of a recurring Breakglass has five fields that say when, and a time at which it comes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from gitops_breakglass.core.rules.rule import Rule
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request

_ID = "InvalidCronExpression"
_ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)
"""Whether an expression ever comes does not depend on where one begins to look."""
_LONGEST = 256
_FIVE = "write five fields: minute hour day month weekday, such as `0 9 * * 1-5`"
_DIGITS = re.compile(r"[0-9]{1,2}", re.ASCII)
_ELEMENT = re.compile(r"(\*|[0-9A-Z]+)(?:-([0-9A-Z]+))?(?:/([0-9]{1,2}))?", re.ASCII)
_LAST = re.compile(r"[0-9A-Z]*[LW]", re.ASCII)


@dataclass(frozen=True)
class _Field:
    what: str
    lowest: int
    highest: int
    words: str
    names: Mapping[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int | None:
        """Return what a number or a name means here, or None."""
        if text in self.names:
            return self.names[text]
        number = int(text) if _DIGITS.fullmatch(text) else -1
        return number if self.lowest <= number <= self.highest else None

    def problem(self, text: str) -> tuple[str, str] | None:
        """Return what is wrong with the field's text, and what to write instead."""
        for element in text.split(","):
            if (found := self._of_element(element)) is not None:
                return found
        return None

    def _of_element(self, element: str) -> tuple[str, str] | None:
        match = _ELEMENT.fullmatch(element.upper())
        if match is None or (match[1] == "*" and match[2]):
            return self._unreadable(element)
        first = self.lowest if match[1] == "*" else self.number(match[1])
        last = self.highest if match[1] == "*" else self.number(match[2]) if match[2] else first
        if first is None or last is None:
            return self._unreadable(element)
        if first > last:
            return f"the range `{element}` goes backwards", f"write two ranges, such as `{self._round(first, last)}`"
        if match[3] is None:
            return None
        if int(match[3]) == 0:
            return f"`{element}` has a step of nothing", "a step is 1 or more"
        if match[1] != "*" and not match[2]:
            # Debian's cron takes no such thing, and what others take it for differs.
            return f"`{element}` has a step and no range", f"write `{first}-{self.highest}/{match[3]}`"
        return None

    def _unreadable(self, element: str) -> tuple[str, str]:
        if not element:
            return "a value is missing beside a comma", self.words
        if "?" in element:
            return f"`{element}` is no part of cron", "write `*`"
        if "#" in element or _LAST.fullmatch(element.upper()):
            return f"`{element}` is no part of cron", "L, W and # are other programs'; name the days by their numbers"
        return f"`{element}` is not among its values", self.words

    def _round(self, first: int, last: int) -> str:
        ends = ((first, self.highest), (self.lowest, last))
        return ",".join(f"{low}-{high}" if low < high else str(low) for low, high in ends)


_MONTHS = {
    name: number
    for number, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_DAYS = {name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])}
_FIELDS = (
    _Field("minute", 0, 59, "minutes are 0 to 59"),
    _Field("hour", 0, 23, "hours are 0 to 23"),
    _Field("day of month", 1, 31, "days are 1 to 31"),
    _Field("month", 1, 12, "months are 1 to 12, or JAN to DEC", _MONTHS),
    _Field("day of week", 0, 7, "weekdays are 0 (Sunday) to 7 (Sunday again), or SUN to SAT", _DAYS),
)


def _on_request(request: Request, _policy: PolicySide) -> Iterator[Finding]:
    if not isinstance(request, BreakglassRequest) or request.schedule.cron is None:
        return
    if (found := _problem(request.schedule.cron)) is not None:
        problem, hint = found
        yield Finding(
            _ID,
            f"{request.schedule.cron[:_LONGEST]!r} is no cron expression: {problem}",
            request.document.at("spec", "schedule", "cron"),
            hint=hint,
        )


# Requests that recur are written one after the other, with the same schedule.
@lru_cache(maxsize=1024)
def _problem(text: str) -> tuple[str, str] | None:
    """Return what is wrong with an expression, and what to write instead."""
    parts = [part for part in text.split(" ") if part]
    if len(text) > _LONGEST or len(parts) != len(_FIELDS):
        return "it does not have five fields", _FIVE
    for index, (kind, part) in enumerate(zip(_FIELDS, parts, strict=True), 1):
        if (found := kind.problem(part)) is not None:
            return f"in its field {index}, {kind.what}, {found[0]}", found[1]
    return _never(text)


def _never(text: str) -> tuple[str, str] | None:
    # Not above: zones take as long as checking twenty files, and few of them recur.
    from gitops_breakglass.core.schedule.cron import ScheduleError
    from gitops_breakglass.core.schedule.ticks import ticks

    try:
        comes = next(ticks(text, "UTC", _ANY_TIME), None) is not None
    except ScheduleError:
        # So the reader says of days that no month has.
        comes = False
    return None if comes else ("it never comes", "no month that it names has such a day")


RULE = Rule(
    _ID,
    "a cron expression has five fields that can be read, and comes at some time",
    "Each occurrence opens a window of access, so what an expression means must not be guessed.",
    on_request=_on_request,
)
