"""What a loop says: reports of runs on standard output, or events on standard error, a line each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import click

from gitops_breakglass.model.event import LogEvent
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.outcome import ClusterReport, Outcome, RunReport, is_upkeep
from gitops_breakglass.ports import Clock
from gitops_breakglass.report.events import cluster_events, event_as_json, event_as_text, news, run_events

FORMS = {"text": event_as_text, "json": event_as_json}


class LoopOutput:
    """Many threads may tell at a time. `log` is a key of `FORMS`; without it `show` prints reports."""

    def __init__(self, log: str | None, show: Callable[[RunReport], None], clock: Clock) -> None:
        self._log = log
        self._show = show
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[str, Sequence[LogEvent]] = {}
        self._shown: dict[str, tuple[Outcome, ...]] = {}

    def ran(self, report: RunReport, *, seconds: float, code: ExitCode) -> None:
        """Tell of a run."""
        if self._log is None:
            with self._lock:
                self._show(report)
            return
        self._write("", run_events(report, seconds=seconds, code=code))

    def beside(self, report: ClusterReport) -> None:
        """Tell what was ended beside the runs, or could not be; a report tells it where it is not what it told before."""
        if self._log is not None:
            self._write(f"beside {report.cluster}", cluster_events(report))
            return
        outcomes = tuple(each for each in report.outcomes if not is_upkeep(each))
        with self._lock:
            before = self._shown.get(report.cluster, ())
            self._shown[report.cluster] = outcomes
            # That a cluster does not answer is for the runs to tell.
            if outcomes and outcomes != before:
                self._show(RunReport((report,)))

    def event(self, event: LogEvent) -> None:
        """Tell of something that is neither of a run nor beside it."""
        if self._log is not None:
            self._write("loop", [event])

    def _write(self, source: str, events: Iterable[LogEvent]) -> None:
        with self._lock:
            told, self._states[source] = news(events, self._states.get(source, ()))
            at, form = self._clock.now(), FORMS[self._log or "text"]
            for each in told:
                click.echo(form(each, at), err=True)
