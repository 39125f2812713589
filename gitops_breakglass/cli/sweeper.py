"""`gitops-breakglass-sweeper`: the sweeper as a program of its own, which knows a cluster, a clock, and nothing else."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from types import FrameType

import click

from gitops_breakglass import __version__
from gitops_breakglass.adapters.bell import QueuedBell
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.ending import EndingCluster
from gitops_breakglass.adapters.cluster.watching import ClusterWatch
from gitops_breakglass.adapters.pool import ThreadPool, beside, take_short_turns
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.ends.sweep_loop import LoopHands, sweep_loop
from gitops_breakglass.flows.ends.vigil import Vigil, noted_run
from gitops_breakglass.model.errors import BugError
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.report.exits import exit_of
from gitops_breakglass.report.sweeper_events import SweeperEvent, as_json_line, as_text_line, events_of, said

Tell = Callable[[Iterable[SweeperEvent]], None]


@click.command(context_settings={"auto_envvar_prefix": "GITOPS_BREAKGLASS_SWEEPER", "max_content_width": 100})
@click.version_option(__version__, prog_name="gitops-breakglass-sweeper")
@click.option("--kubeconfig", metavar="FILE", help="How to reach the cluster.  [default: the pod's service account]")
@click.option("--context", "kube_context", metavar="NAME", help="The kubeconfig's context.")
@click.option("--once", is_flag=True, help="Sweep once and end, for a CronJob.")
@click.option(
    "--interval",
    default=10.0,
    show_default=True,
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Longest pause of the loop.",
)
@click.option(
    "--every",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="With --once: when the next run is promised.",
)
@click.option(
    "--log",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How each event is written to standard error.",
)
def sweeper(
    kubeconfig: str | None,
    kube_context: str | None,
    once: bool,  # noqa: FBT001
    interval: float,
    every: float,
    log: str,
) -> None:
    """End what is over on one cluster, for ever and on time.

    It knows neither git nor a forge nor any configuration. With --once it exits with 0, with 6 where an end was refused,
    with 7 where the cluster could not be reached; the loop tries both for ever, and exits with 0 when it is asked to stop.
    """
    target = KubernetesTarget(kubeconfig, kube_context, in_cluster=not (kubeconfig or kube_context))
    line = as_json_line if log == "json" else as_text_line

    def tell(events: Iterable[SweeperEvent]) -> None:
        for event in events:
            click.echo(line(event), err=True)

    try:
        with EndingCluster(kube_context or "cluster", target) as cluster:
            if once:
                sys.exit(_sweep_once(cluster, timedelta(seconds=every), tell))
            _keep_sweeping(cluster, target, timedelta(seconds=interval), tell)
    except Exception as error:  # noqa: BLE001 - not what it says: it may repeat what a stranger wrote
        tell([said("bug", BugError.of(error).in_one_line())])
        sys.exit(ExitCode.BUG)


def _sweep_once(cluster: EndingCluster, every: timedelta, tell: Tell) -> ExitCode:
    report = sweep(cluster, ThreadPool())
    tell(list(events_of(report)) or [said("swept", "nothing to do")])
    if not report.unreachable and (what := noted_run(cluster.leases, every)):
        tell([said("warning", what)])
    return exit_of(RunReport((report,)))


def _keep_sweeping(cluster: EndingCluster, target: KubernetesTarget, interval: timedelta, tell: Tell) -> None:
    clock, bell = SystemClock(), QueuedBell()

    def stop(_caught: int, _frame: FrameType | None) -> None:
        clock.stop()
        bell.ring()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    take_short_turns()

    def stopped() -> bool:
        return clock.is_stopped

    watch = ClusterWatch(cluster.name, target)
    vigil = Vigil(cluster.leases, f"{socket.gethostname()}-{os.getpid()}", clock, bell)
    beside(lambda: vigil.run(stopped))
    tell([said("started", f"gitops-breakglass-sweeper {__version__}")])
    try:
        with EndingCluster(cluster.name, target) as swept:
            hands = LoopHands(cluster, ThreadPool(), clock, watch, bell, beside, swept=swept)
            for report in sweep_loop(hands, interval, stopped):
                tell(events_of(report))
                tell(said("warning", what) for what in vigil.news())
    finally:
        watch.close()
    tell([said("stopped", "as it was asked to")])


if __name__ == "__main__":
    sweeper()
