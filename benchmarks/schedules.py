"""Recurring grants that are three years old: how each stands, in a process that has just started and in one that goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from benchmarks.measure import duration, machine, table
from gitops_breakglass.core.schedule import recurring_course
from gitops_breakglass.model.recurrence import Recurrence

_NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_ZONES = ("America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


def run(grants: int, out: Callable[[str], None]) -> None:
    """Measure; each kind of schedule is one that nothing was worked out for before."""
    rows = []
    for name, cron in (
        ("working days", "{} 9 * * 1-5"),
        ("hourly", "{} * * * *"),
        ("every five minutes", "*/5 {}-23 * * *"),
    ):
        some = [
            Recurrence(
                cron.format(number % 20),
                _ZONES[number % 5],
                timedelta(minutes=4),
                _NOW - timedelta(days=1096, minutes=number),
            )
            for number in range(grants)
        ]
        times, begun = [], 0
        for now in (_NOW, _NOW + timedelta(minutes=1)):
            at = time.process_time()
            begun = sum(recurring_course(each, now).begun for each in some)
            times.append(time.process_time() - at)
        rows.append([f"{grants:,} grants, {name}", f"{begun:,}", *(f"{duration(each)}" for each in times)])
    out(f"20 schedules in each of five zones; {machine()}\n")
    out(table(["what is asked for", "windows that have begun", "first run, CPU time", "next run"], rows))
