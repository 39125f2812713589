"""The loop of `reconcile --watch`: runs, what goes on beside them, what is told of both, and how it stops."""

from __future__ import annotations

import os
import signal
import socket
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from gitops_breakglass import __version__
from gitops_breakglass.adapters.bell import QueuedBell
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.http_pages import Page, Pages
from gitops_breakglass.adapters.pool import take_short_turns
from gitops_breakglass.cli.health import Health
from gitops_breakglass.cli.loop_output import LoopOutput
from gitops_breakglass.cli.stations import Stations
from gitops_breakglass.flows.watch import Waking, watch
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.event import Level, LogEvent
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.outcome import ClusterReport, RunReport
from gitops_breakglass.report.exits import exit_of

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class LoopOptions(NamedTuple):
    """How the loop goes, and where it tells of itself."""

    interval: timedelta
    log: str | None
    """How events are written to standard error; None: reports of runs are written instead."""
    listen: str | None
    """`HOST:PORT` of probes and metrics, if there are to be any."""


class Loop:
    """Runs until it is stopped; `show` prints a report. What goes on beside the runs begins with the first of them."""

    def __init__(self, repository: Path, options: LoopOptions, show: Callable[[RunReport], None]) -> None:
        self._options = options
        self._clock = SystemClock()
        self._bell = QueuedBell()
        self._stopping = False
        self._seconds = 0.0
        self._has_run = False
        self._output = LoopOutput(options.log, show, self._clock)
        self.stations = Stations(repository, holder(), options.interval, bell=self._bell, tell=self._beside)
        self._health = Health(self.stations, self._clock, options.interval)
        self._metrics = None
        if options.listen is not None:
            from gitops_breakglass.adapters.metrics import Metrics

            stations = self.stations
            self._metrics = Metrics(__version__, lambda: {each.access.name: each.standing() for each in stations.all})

    def go(
        self, run: Callable[[], RunReport], moved: Callable[[], bool], finish: Callable[[RunReport], RunReport]
    ) -> ExitCode:
        """Run until a signal asks to stop, and return the last run's code; a second signal ends the process at once.

        `moved` says whether there is something new to run for, `finish` is what is done with the report of a run.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        take_short_turns()
        code = ExitCode.CLEAN
        with ExitStack() as stack:
            self._serve(stack)
            stack.callback(self.stations.close)
            waking = Waking(self._bell, moved)
            for report in watch(
                lambda: self._timed(run), self._clock, self._options.interval, lambda: self._stopping, waking
            ):
                told = finish(report)
                code = exit_of(told)
                self._output.ran(told, seconds=self._seconds, code=code)
                if self._metrics is not None:
                    self._metrics.ran(told, seconds=self._seconds, code=code, now=self._clock.now())
            self._output.event(LogEvent(Level.INFO, "stopping", facts={"exit": int(code)}))
        return code

    def _timed(self, run: Callable[[], RunReport]) -> RunReport:
        """Run once; what keeps a later run from beginning is told as what could not be found out."""
        self._health.turned()
        begun = self._clock.elapsed()
        try:
            report = run()
        except BreakglassError as error:
            if not self._has_run:
                raise
            report = RunReport((), unknown=(error.in_one_line(),))
        self._has_run = True
        self._seconds = self._clock.elapsed() - begun
        self._health.turned()
        return report

    def _beside(self, report: ClusterReport) -> None:
        self._output.beside(report)
        if self._metrics is not None:
            self._metrics.ended(report.cluster, report.outcomes)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if self._stopping:
            # Not by the signal's default, which the first process of a container never gets.
            os._exit(128 + number)
        self._stopping = True
        self._clock.stop()
        self._bell.ring()

    def _serve(self, stack: ExitStack) -> None:
        metrics = self._metrics
        if self._options.listen is None or metrics is None:
            return
        pages = {
            "/healthz": self._health.live,
            "/readyz": self._health.ready,
            "/metrics": lambda: Page(200, metrics.text(), _PROMETHEUS),
        }
        stack.callback(Pages(self._options.listen, pages).close)


def holder() -> str:
    """Return a name for this process that no other has; in a pod it begins with the pod's."""
    return f"{socket.gethostname()}_{uuid.uuid4()}"
