"""`reconcile`: end what is over, decide what was merged, apply it; once, or until stopped."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import FrameType

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.decision import Granted
from gitops_breakglass.model.errors import BreakglassError, UsageError
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.model.plan import Judged
from gitops_breakglass.model.policy import ClusterAccess

_ONCE, _WATCHING = 60.0, 5.0
"""Seconds to wait for pods of debug sessions: where no other run follows soon, and where one does."""


@click.command()
@repository_options
@wiring.cluster_option
@wiring.key_option
@wiring.format_option
@click.option("--watch", is_flag=True, help="Go on until stopped, waking at the next start or end.")
@click.option("--comment", is_flag=True, help="Tell on each pull or merge request what was decided.")
@click.option("--interval", default=60.0, show_default=True, metavar="SECONDS", help="Longest pause with --watch.")
@click.option(
    "--wait",
    default=None,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Longest wait for the pods of debug sessions: 60 by default, 5 with --watch, which looks again soon.",
)
@click.pass_context
def reconcile(
    context: click.Context,
    repo: Path,
    branch: str,
    remote: str | None,
    clusters: tuple[str, ...],
    key: Path | None,
    form: str,
    watch: bool,  # noqa: FBT001
    interval: float,
    wait: float | None,
    comment: bool,  # noqa: FBT001
) -> None:
    """End what is over, decide what was merged, and apply it.

    Ends come first, on every cluster, before git or the forge are looked at. Exits with 0, with 3 where it found an
    error, with 5 where a brake held new grants back, with 6 where an action failed (it is tried again by the next
    run), with 7 where a cluster or the repository could not be read.
    """
    from gitops_breakglass.flows.tell_outcomes import tell_outcomes
    from gitops_breakglass.report.exits import exit_of
    from gitops_breakglass.report.run_json import run_as_json
    from gitops_breakglass.report.run_text import run_as_text

    patience = wait if wait is not None else _WATCHING if watch else _ONCE
    runner = _Runner(RepositoryOptions(repo, branch, remote), clusters, key, patience)
    desk = cache(AccessRepository(RepositoryOptions(repo, branch, remote)).desk)

    def tell(report: RunReport) -> ExitCode:
        if comment:
            report = replace(report, findings=(*report.findings, *tell_outcomes(report, desk, _comment_of)))
        click.echo(run_as_json(report) if form == "json" else run_as_text(report), nl=False)
        return exit_of(report)

    context.exit(_keep_running(runner, timedelta(seconds=interval), tell) if watch else tell(runner.run()))


def _comment_of(judged: Judged, ledger: str) -> str:
    from gitops_breakglass.report.gate.outcome import outcome_as_markdown

    digest = judged.decision.evidence.digest if isinstance(judged.decision, Granted) else ""
    return outcome_as_markdown(judged.request, judged.decision, digest=digest, ledger=ledger)


class _Runner:
    """Runs once, each time from what is in the repository then; remembers how the clusters are reached."""

    def __init__(
        self, options: RepositoryOptions, clusters: tuple[str, ...], key: Path | None, patience: float
    ) -> None:
        self._options = options
        self._clusters = clusters
        self._key = key
        self._patience = patience
        self._known: dict[str, ClusterAccess] = {}
        # Kept from run to run: what was read of a commit or a file's content stays true.
        self._repository = AccessRepository(options)

    def run(self) -> RunReport:
        """Run once. What is over ends whatever became of the repository, once the clusters are known.

        Nobody has to have approved what the default branch says of clusters; where what is in force says otherwise, the
        clusters that it has are run too, so that nothing lives on where somebody took a cluster out.
        """
        unknown: str | None = None
        try:
            accesses = self._repository.policy().configuration.clusters
            if not accesses:
                raise UsageError(
                    "breakglass.yaml on the default branch names no cluster, so nothing can be run",
                    hint="if nobody was to take them out, put them back; `gitops-breakglass sweep` needs no configuration",
                )
            self._known = dict(accesses)
        except BreakglassError as error:
            if not self._known:
                raise
            unknown = error.message
        first = self._run(self._known, self._clusters, unknown)
        others = self._other_clusters(first)
        if not others:
            return first
        second = self._run(others, (), unknown)
        return replace(first, clusters=(*first.clusters, *second.clusters))

    def _run(self, accesses: Mapping[str, ClusterAccess], names: Sequence[str], unknown: str | None) -> RunReport:
        from gitops_breakglass.adapters.pool import ThreadPool
        from gitops_breakglass.flows.reconcile import reconcile as run

        with wiring.open_clusters(accesses, names, self._options.path) as opened:
            pool = ThreadPool()
            hands = [wiring.hands_for(cluster, self._key, pool, self._patience) for cluster in opened]
            return run(hands, self._repository.refreshed, unknown)

    def _other_clusters(self, report: RunReport) -> dict[str, ClusterAccess]:
        """Return how clusters are reached by what is in force, where the default branch has them otherwise or not."""
        return {
            name: access
            for cluster in report.clusters
            if cluster.plan is not None and cluster.plan.in_force is not None
            for name, access in cluster.plan.in_force.clusters.items()
            if self._known.get(name) != access and (not self._clusters or name in self._clusters)
        }


def _keep_running(runner: _Runner, interval: timedelta, tell: Callable[[RunReport], ExitCode]) -> ExitCode:
    """Run until a signal asks to stop; the code is the last run's."""
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.flows.watch import watch

    clock = SystemClock()
    stopping: list[int] = []

    def stop(caught: int, _frame: FrameType | None) -> None:
        stopping.append(caught)
        clock.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    code = ExitCode.CLEAN
    for report in watch(runner.run, clock, interval, lambda: bool(stopping)):
        code = tell(report)
    return code
