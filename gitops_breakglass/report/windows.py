"""How schedules and windows are put into words: in UTC, and in the zones of those who read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from gitops_breakglass.core.outlook import Outlook
from gitops_breakglass.core.zones import in_zone
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.window import Window, print_duration
from gitops_breakglass.report.terminal import printable
from gitops_breakglass.report.words import many, moment


def schedule_line(recurrence: Recurrence) -> str:
    """Return `cron 0 9 * * 1-5 in Europe/Berlin, 8h each, until …, 10 times at most`; it is printable."""
    words = [f"cron {recurrence.cron} in {recurrence.location}", f"{print_duration(recurrence.duration)} each"]
    if recurrence.until is not None:
        words.append(f"until {moment(recurrence.until)}")
    if recurrence.max_activations is not None:
        words.append(f"{many(recurrence.max_activations, 'time')} at most")
    if recurrence.until is None and recurrence.max_activations is None:
        words.append("without an end")
    return printable(", ".join(words))


def since_line(recurrence: Recurrence) -> str:
    """Return when the first window may begin: the merge, or the later start that was asked for."""
    return f"none begins before {moment(recurrence.since)}"


def window_lines(window: Window, zone: str | None) -> Iterator[str]:
    """Yield the window in UTC, and where the zone is one, in that zone."""
    length = print_duration(window.end - window.start)
    yield f"from {moment(window.start)} until {moment(window.end)} ({length})"
    if zone is not None and zone != "UTC":
        start, end = in_zone(window.start, zone), in_zone(window.end, zone)
        if start is not None and end is not None:
            yield f"from {start:%Y-%m-%d %H:%M:%S %z} until {end:%Y-%m-%d %H:%M:%S %z} ({zone})"


def zones_of(*zones: str | None) -> tuple[str, ...]:
    """Return the zones that times are told in beside UTC, each once."""
    return tuple(dict.fromkeys(zone for zone in zones if zone is not None and zone != "UTC"))


def stretch_lines(outlook: Outlook, zones: Sequence[str]) -> Iterator[str]:
    """Yield each stretch in UTC, and below it in the other zones."""
    for number, stretch in enumerate(outlook.stretches, start=1):
        joined = sum(stretch.start <= each.start < stretch.end for each in outlook.occurrences)
        run = f", {many(joined, 'window')} that run together" if joined > 1 else ""
        length = print_duration(stretch.end - stretch.start)
        yield f"{number:>2}. {between(stretch, None)} ({length}{run})"
        for zone in zones:
            if in_zone(stretch.start, zone) is not None:
                yield f"    {between(stretch, zone)} ({zone})"


def between(window: Window, zone: str | None) -> str:
    """Return when a window begins and ends, with weekday and the zone's abbreviation."""
    return f"{_weekday(window.start, zone)} until {_weekday(window.end, zone)}"


def left_line(outlook: Outlook) -> str:
    """Return what comes after the windows that are told."""
    if not outlook.stretches:
        return "no window is left"
    if outlook.goes_on:
        return "the last one goes on without a break, for longer than is looked at here"
    if outlook.more is None:
        return "and more after them"
    return f"and {many(outlook.more, 'more window')} after them" if outlook.more else "and none after them"


def _weekday(at: datetime, zone: str | None) -> str:
    local = at if zone is None else in_zone(at, zone) or at
    return f"{local:%a %Y-%m-%d %H:%M:%S %Z}"
