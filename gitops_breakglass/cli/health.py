"""Whether a loop turns, and whether it does any good: what probes ask."""

from __future__ import annotations

from datetime import timedelta

from gitops_breakglass.adapters.http_pages import Page
from gitops_breakglass.cli.stations import Stations
from gitops_breakglass.ports import Clock

LONGEST_RUN = timedelta(minutes=15)
"""How long a run may take, beside which ends go on all the time."""
FRESH = timedelta(minutes=5)
"""How old the last sweep that went through may be on the cluster where it is newest."""


class Health:
    """`turned` is to be called at the beginning and the end of each run."""

    def __init__(self, stations: Stations, clock: Clock, interval: timedelta) -> None:
        self._stations = stations
        self._clock = clock
        self._most = LONGEST_RUN + interval
        self._at = clock.elapsed()

    def turned(self) -> None:
        """Note that the loop turns."""
        self._at = self._clock.elapsed()

    def live(self) -> Page:
        """Answer 200 while everything turns; else say what does not, with 503: it takes a new process."""
        still = [line for each in self._stations.all for line in each.hanging()]
        since = self._clock.elapsed() - self._at
        if since > self._most.total_seconds():
            still.append(f"the runs have not turned for {since:.0f} s")
        return Page(503, "".join(f"{line}\n" for line in still).encode()) if still else Page(200, b"ok\n")

    def ready(self) -> Page:
        """Answer 200 while on some cluster everything that was over is known to be gone, as of a few minutes ago."""
        now = self._clock.now()
        ages = {each.access.name: each.standing().ended_at for each in self._stations.all}
        lines = [
            f"{name}: {'never swept' if at is None else f'swept {(now - at).total_seconds():.0f} s ago'}\n"
            for name, at in sorted(ages.items())
        ]
        is_fresh = any(at is not None and now - at <= FRESH for at in ages.values())
        return Page(200 if is_fresh else 503, "".join(lines).encode() or b"nothing was run yet\n")
