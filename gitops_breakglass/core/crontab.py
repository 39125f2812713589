"""What crontab(5) has: the form of an expression's five fields, and what to write in place of what it has not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

LONGEST = 256
"""Characters of an expression."""
_FIVE = "write five fields: minute hour day month weekday, such as `0 9 * * 1-5`"
_DIGITS = re.compile(r"[0-9]{1,2}", re.ASCII)
_ELEMENT = re.compile(r"(\*|[0-9A-Z]+)(?:-([0-9A-Z]+))?(?:/([0-9]{1,2}))?", re.ASCII)
_LAST = re.compile(r"[0-9A-Z]*[LW]", re.ASCII)


class Problem(NamedTuple):
    """What is wrong with an expression, in words that go on a sentence, and what to write instead."""

    what: str
    instead: str


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

    def problem(self, text: str) -> Problem | None:
        """Return what is wrong with the field's text, and what to write instead."""
        for element in text.split(","):
            if (found := self._of_element(element)) is not None:
                return found
        return None

    def _of_element(self, element: str) -> Problem | None:
        match = _ELEMENT.fullmatch(element.upper())
        if match is None or (match[1] == "*" and match[2]):
            return self._unreadable(element)
        first = self.lowest if match[1] == "*" else self.number(match[1])
        last = self.highest if match[1] == "*" else self.number(match[2]) if match[2] else first
        if first is None or last is None:
            return self._unreadable(element)
        if first > last:
            return Problem(
                f"the range `{element}` goes backwards", f"write two ranges, such as `{self._round(first, last)}`"
            )
        if match[3] is None:
            return None
        if int(match[3]) == 0:
            return Problem(f"`{element}` has a step of nothing", "a step is 1 or more")
        if match[1] != "*" and not match[2]:
            # Debian's cron takes no such thing, and what others take it for differs.
            return Problem(f"`{element}` has a step and no range", f"write `{first}-{self.highest}/{match[3]}`")
        return None

    def _unreadable(self, element: str) -> Problem:
        if not element:
            return Problem("a value is missing beside a comma", self.words)
        if "?" in element:
            return Problem(f"`{element}` is no part of cron", "write `*`")
        if "#" in element or _LAST.fullmatch(element.upper()):
            return Problem(
                f"`{element}` is no part of cron", "L, W and # are other programs'; name the days by their numbers"
            )
        return Problem(f"`{element}` is not among its values", self.words)

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


# Requests that recur are written one after the other, with the same schedule.
@lru_cache(maxsize=1024)
def problem_of(cron: str) -> Problem | None:
    """Return what is wrong with an expression, or None; whether a day ever fits it is not looked at.

    Programs of cron, and the library, take more (seconds, `L`, `#`, `5/15`), which means something else elsewhere, or nothing.
    """
    parts = [part for part in cron.split(" ") if part]
    if len(cron) > LONGEST or len(parts) != len(_FIELDS):
        return Problem("it does not have five fields", _FIVE)
    for index, (kind, part) in enumerate(zip(_FIELDS, parts, strict=True), 1):
        if (found := kind.problem(part)) is not None:
            return Problem(f"in its field {index}, {kind.what}, {found.what}", found.instead)
    return None
