"""The next windows of a request, as text, JSON and Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.timing import Timing
from gitops_breakglass.model.window import Window, print_duration, print_time
from gitops_breakglass.report.findings.as_json import dumped
from gitops_breakglass.report.findings.markdown import code
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.windows import between, left_line, schedule_line, since_line, stretch_lines, zones_of
from gitops_breakglass.report.windows_json import recurrence_json, windows_json
from gitops_breakglass.report.words import many, moment

VERSION = 1


def preview_as_text(timing: Timing, zone: str | None) -> str:
    """Return what is assumed, then each window in UTC and below it in the zones of the schedule and of the reader."""
    lines = [printable(timing.name), *(f"  {line}" for line in _head(timing))]
    lines += [f"  {line}" for line in (*stretch_lines(timing.outlook, _zones(timing, zone)), *_left(timing))]
    return "".join(f"{line}\n" for line in lines)


def preview_as_json(timing: Timing, zone: str | None) -> str:
    """Return one JSON object; its schema is schemas/output/preview.schema.json. Its `windows` are disjoint, in order."""
    outlook = timing.outlook
    data = {
        "version": VERSION,
        "request": timing.name,
        "from": print_time(timing.at),
        "decided": timing.is_decided,
        "begun": timing.begun,
        "durationSeconds": int(timing.duration.total_seconds()),
        "recurrence": recurrence_json(timing.recurrence) if timing.recurrence else None,
        "windows": windows_json(outlook.stretches),
        "occurrences": windows_json(outlook.occurrences),
        "moreOccurrences": outlook.more,
        "goesOn": outlook.goes_on,
        "zones": list(_zones(timing, zone)),
        "notes": list(timing.notes),
    }
    return dumped(data, sort_keys=True)


def preview_as_markdown(timing: Timing, zone: str | None) -> str:
    """Return a heading, what is assumed, and a table; all that somebody else may have written stands in code."""
    zones = _zones(timing, zone)
    lines = [f"### Windows of {code(timing.name)}", "", *(f"- {code(line)}" for line in _head(timing))]
    if timing.outlook.stretches:
        lines += ["", _row(["", "UTC", *zones, "length"]), _row(["---"] * (3 + len(zones)))]
        for number, each in enumerate(timing.outlook.stretches, start=1):
            lines.append(_row([str(number), *_cells(each, zones), print_duration(each.end - each.start)]))
    lines += ["", *left] if (left := _left(timing)) else []
    return "".join(f"{line}\n" for line in lines)


def _zones(timing: Timing, zone: str | None) -> tuple[str, ...]:
    return zones_of(timing.recurrence.location if timing.recurrence else None, zone)


def _head(timing: Timing) -> list[str]:
    """Return how it recurs, and what is assumed of its merge."""
    recurrence = timing.recurrence
    lines = [schedule_line(recurrence)] if recurrence else []
    if timing.is_decided:
        lines.append(f"as it was decided, from {moment(timing.at)}; {many(timing.begun, 'window')} had begun by then")
    else:
        late = "; windows that begin before the merge do not count" if recurrence else ""
        lines.append(f"as if merged at {moment(timing.at)}{late}")
    if recurrence is not None and recurrence.since > timing.at:
        lines.append(since_line(recurrence))
    return [*lines, *map(printable, timing.notes)]


def _left(timing: Timing) -> list[str]:
    """Return what comes after the windows that are told; after the one of one-time access nobody expects any."""
    return [left_line(timing.outlook)] if timing.recurrence or not timing.outlook.stretches else []


def _cells(window: Window, zones: Sequence[str]) -> list[str]:
    return [between(window, zone) for zone in (None, *zones)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
