"""Windows and schedules as JSON, the same in every report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.window import Window, print_time


def window_json(window: Window) -> dict[str, str]:
    """Return a window by its two times."""
    return {"start": print_time(window.start), "end": print_time(window.end)}


def windows_json(windows: Iterable[Window]) -> list[dict[str, str]]:
    """Return windows in the order in which they come."""
    return [window_json(each) for each in windows]


def recurrence_json(recurrence: Recurrence) -> dict[str, Any]:
    """Return the bounds of recurring access."""
    return {
        "cron": recurrence.cron,
        "location": recurrence.location,
        "durationSeconds": int(recurrence.duration.total_seconds()),
        "since": print_time(recurrence.since),
        "until": print_time(recurrence.until) if recurrence.until else None,
        "maxActivations": recurrence.max_activations,
    }
