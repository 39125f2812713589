"""`reconcile`: end what is over, decide what was merged, apply it; once, or until stopped."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.notices import ALONE, BESIDE, Herald
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.cli.runner import Runner
from gitops_breakglass.model.decision import Granted
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.model.plan import Judged
from gitops_breakglass.model.window import parse_duration
from gitops_breakglass.ports import Desk

_ONCE, _WATCHING = 60.0, 5.0
"""Seconds to wait for pods of debug sessions: where no other run follows soon, and where one does."""


@click.command()
@repository_options
@wiring.cluster_option
@wiring.key_option
@wiring.format_option
@click.option("--watch", is_flag=True, help="Go on until stopped, waking at the next start or end.")
@click.option("--comment", is_flag=True, help="Tell on each pull or merge request what was decided.")
@click.option(
    "--interval",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Longest pause with --watch.",
)
@click.option(
    "--every",
    metavar="DURATION",
    help="When the next single run comes, as 5m: a loop beside it says when it is missing.",
)
@click.option(
    "--log",
    type=click.Choice(["text", "json"]),
    default=None,
    help="With --watch: one line per event to standard error, instead of reports of runs.",
)
@click.option("--listen", metavar="HOST:PORT", help="With --watch: answer /healthz, /readyz and /metrics there.")
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
    every: str | None,
    log: str | None,
    listen: str | None,
) -> None:
    """End what is over, decide what was merged, and apply it.

    Ends come first, on every cluster, before git or the forge are looked at; people are told last, as `notifications`
    in breakglass.yaml says. Exits with 0, with 3 where it found an error, with 5 where a brake held new grants back,
    with 6 where an action failed (it is tried again by the next run), with 7 where a cluster or the repository could
    not be read.
    """
    from gitops_breakglass.flows.tell_outcomes import tell_outcomes
    from gitops_breakglass.report.exits import exit_of
    from gitops_breakglass.report.run_json import run_as_json
    from gitops_breakglass.report.run_text import run_as_text

    _refuse_what_has_no_effect(watch=watch, every=every, tells=(log, listen))
    options = RepositoryOptions(repo, branch, remote)
    patience = wait if wait is not None else _WATCHING if watch else _ONCE

    def own_desk() -> Callable[[], Desk]:
        # One for each: the herald comments on a thread of its own, while the next run goes on.
        return cache(AccessRepository(options).desk)

    desk, herald = own_desk(), Herald(repo, key, own_desk())

    def finish(report: RunReport) -> RunReport:
        if comment:
            report = replace(report, findings=(*report.findings, *tell_outcomes(report, desk, _comment_of)))
        missed = herald.tell(report, runner.known, wait=BESIDE if watch else ALONE)
        return replace(report, findings=(*report.findings, *missed))

    def show(report: RunReport) -> None:
        click.echo(run_as_json(report) if form == "json" else run_as_text(report), nl=False)

    if watch:
        from gitops_breakglass.cli.loop import Loop, LoopOptions

        loop = Loop(repo, LoopOptions(timedelta(seconds=interval), log, listen), show)
        runner = Runner(options, clusters, key, patience, stations=loop.stations)
        with closing(runner):
            code = loop.go(runner.run, runner.moved, finish)
        context.exit(code)
    runner = Runner(options, clusters, key, patience, every=_promised(every))
    told = finish(runner.run())
    show(told)
    context.exit(exit_of(told))


def _refuse_what_has_no_effect(*, watch: bool, every: str | None, tells: tuple[str | None, ...]) -> None:
    if watch and every:
        raise UsageError("--every is for a single run", hint="with --watch, --interval is the longest pause")
    if not watch and any(tells):
        raise UsageError("--log and --listen are for --watch", hint="add --watch, or leave them out")


def _promised(every: str | None) -> timedelta | None:
    try:
        return None if every is None else parse_duration(every)
    except ValueError as error:
        raise UsageError(f"--every: {error}", hint="as in --every 5m") from error


def _comment_of(judged: Judged, ledger: str) -> str:
    from gitops_breakglass.report.gate.outcome import outcome_as_markdown

    digest = judged.decision.evidence.digest if isinstance(judged.decision, Granted) else ""
    return outcome_as_markdown(judged.request, judged.decision, digest=digest, ledger=ledger)
