"""The line that a finding is about, cut to fit, and the mark that goes below it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitops_breakglass.report.terminal import cells

WIDEST = 100
"""Columns of a terminal that a line may take; what is longer is cut on both sides of the place."""
_BEFORE = 40
"""Columns that stay before the place where a line is cut."""
_FURTHEST = 400
"""Characters behind the place that are looked at to find the end of a word."""
_QUOTED = r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\''
_KEY = re.compile(rf"(?:{_QUOTED}|[^\s\"'#&*!|>%@`\[\]{{}},:](?:[^\s:]|:(?=\S))*):(?=\s|$)")
_BLOCK = re.compile(rf"{_QUOTED}|[^\s\"'#|>\[\]{{}}](?:[^\s]|\s+(?![\s#]))*")
_FLOW = re.compile(rf"{_QUOTED}|[^\s\"'#|>\[\]{{}},](?:[^\s,\[\]{{}}]|\s+(?![\s#,\[\]{{}}]))*")
_BREAK = re.compile("\r\n|\r|\n")


@dataclass(frozen=True)
class Excerpt:
    """A line as a terminal can show it, and what stands below: spaces and `^`, as wide as what they point at."""

    line: str
    mark: str


def lines_of(text: str) -> list[str]:
    """Return the lines of a file as YAML counts them, without their ends."""
    return _BREAK.split(text)


def excerpt(line: str, column: int) -> Excerpt:
    """Show the line around a column, which counts characters from 1; 0 marks nothing."""
    start = min(column - 1, len(line)) if column else 0
    end = start + (length_at(line, start) if column else 0)
    shown = cells(line)
    widths = [cell.width for cell in shown]
    first, last, cut = 0, len(shown), sum(widths) > WIDEST
    if cut:
        first = _back(widths, start, _BEFORE) if sum(widths[:end]) > WIDEST - 1 else 0
        last = _forth(widths, first, WIDEST - 2)
    text = "".join(cell.shown for cell in shown[first:last])
    before = " " * ((first > 0) + sum(widths[first:start]))
    # Behind the end of a line as wide as can be, the mark stays under its last column.
    before = before[: WIDEST - 1]
    marked = "^" * max(1, sum(widths[start : min(end, last)])) if column else ""
    return Excerpt(
        ("…" if first else "") + text.rstrip() + ("…" if last < len(shown) else ""), (before + marked).rstrip()
    )


def length_at(line: str, start: int) -> int:
    """Return how many characters belong to the word that begins at the index: a key with its value, or one value."""
    here = line[start : start + _FURTHEST]
    is_flow = _depth(line[:start]) > 0
    word = _FLOW if is_flow else _BLOCK
    if (key := _KEY.match(here)) is None:
        value = word.match(here)
        return len(value[0].rstrip()) if value else 1
    gap = len(here) - len(here[key.end() :].lstrip(" "))
    value = word.match(here, gap) if gap > key.end() else None
    return len(here[: value.end()].rstrip()) if value else key.end() - 1


def _depth(text: str) -> int:
    """Return how many brackets are open, roughly: one within quotes only makes the mark shorter."""
    return sum((text.count(each) for each in "[{"), 0) - sum(text.count(each) for each in "]}")


def _back(widths: list[int], start: int, room: int) -> int:
    while start and room >= widths[start - 1]:
        start -= 1
        room -= widths[start]
    return start


def _forth(widths: list[int], first: int, room: int) -> int:
    while first < len(widths) and room >= widths[first]:
        room -= widths[first]
        first += 1
    return first
