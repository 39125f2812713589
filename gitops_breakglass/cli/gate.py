"""`gate`: whether a change may be merged, what is missing, and what it would come to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.cli.telling import Telling, told_in
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.exits import ExitCode

if TYPE_CHECKING:
    from gitops_breakglass.core.authorize.proposal import Proposal
    from gitops_breakglass.flows.gate import AskCluster

FORMATS = ("text", "json", "github", "markdown")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.ASCII)


@click.command()
@click.option("--change", metavar="CHANGE", help="The number of the pull or merge request; a branch with plain git.")
@click.option(
    "--first-stage",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Take the number from what a gate without rights wrote as JSON; nothing else of it is believed.",
)
@click.option("--head", metavar="COMMIT", help="Judge nothing unless the forge says that this is the change's head.")
@click.option(
    "--cluster",
    "clusters",
    multiple=True,
    metavar="NAME",
    help="Ask this cluster what the request would come to there; may be given several times.",
)
@click.option("--comment", is_flag=True, help="Say it in the one comment on the change.")
@repository_options
@told_in(FORMATS)
@click.pass_context
def gate(
    context: click.Context,
    change: str | None,
    first_stage: Path | None,
    head: str | None,
    clusters: tuple[str, ...],
    comment: bool,  # noqa: FBT001 - click gives all by name
    repo: Path,
    branch: str,
    remote: str | None,
    form: str,
    color: str,
    reports: list[tuple[str, Path]],
) -> None:
    """Tell who has approved a change, who still may, what remains, and what it would let whom do.

    The change is judged by the policy of the default branch; of the change itself only the request is read, as data.
    Exits with 0 where nothing is missing but the merge, with 3 where something is, with 7 where it could not be found
    out.
    """
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.flows.gate import gate as run
    from gitops_breakglass.model.decision import Unknown
    from gitops_breakglass.report.gate.formats import gate_written
    from gitops_breakglass.report.gate.markdown import gate_as_markdown

    wanted = _which(change, first_stage, head)
    access = AccessRepository(RepositoryOptions(repo, branch, remote))
    desk = access.desk() if comment else None
    sources = access.refreshed()
    with _asking(access, clusters, repo) as ask:
        proposal = run(sources, wanted, now=SystemClock().now(), ask=ask)
    if head is not None and proposal.head and proposal.head != head:
        raise UsageError(
            "the head of the change is another one by now, so nothing was said about it",
            hint="whatever was pushed since has a run of its own",
        )
    _tell(proposal, Telling(form, color, reports), gate_written)
    unknown = isinstance(proposal.decision, Unknown)
    # Of what could not be read at all, nobody knows that it is the change which was meant.
    if desk is not None and proposal.head:
        desk.comment(proposal.change, gate_as_markdown(proposal))
    context.exit(ExitCode.UNREACHABLE if unknown else ExitCode.CLEAN if proposal.may_merge else ExitCode.FINDINGS)


def _which(change: str | None, first_stage: Path | None, head: str | None) -> str:
    """Return the change to judge. Raises UsageError."""
    if head is not None and not _COMMIT.fullmatch(head):
        raise UsageError("--head is no commit", hint="give all of its hexadecimal digits")
    if (change is None) is (first_stage is None):
        raise UsageError("one of --change and --first-stage is needed", hint="`gitops-breakglass gate --change NUMBER`")
    if first_stage is None:
        return change or ""
    if head is None:
        raise UsageError("--first-stage needs --head", hint="the head of the run whose answer it is")
    from gitops_breakglass.adapters.first_stage import change_in

    return change_in(first_stage)


@contextmanager
def _asking(access: AccessRepository, names: Sequence[str], repo: Path) -> Iterator[AskCluster]:
    """Open the clusters that may be asked."""
    from gitops_breakglass.core.effect import Live
    from gitops_breakglass.flows.denies import Look
    from gitops_breakglass.flows.gate import Asked, ask_no_cluster
    from gitops_breakglass.model.errors import BreakglassError
    from gitops_breakglass.model.unread import Unread

    if not names:
        yield ask_no_cluster
        return
    with wiring.open_clusters(access.policy().configuration.clusters, names, repo) as opened:
        by_name = {cluster.name: cluster for cluster in opened}

        def ask(name: str) -> Asked | Unread | None:
            if (cluster := by_name.get(name)) is None:
                return None
            try:
                return Asked(Live(cluster.rbac(), cluster.discovery()), Look(cluster.deny_facts), cluster.get)
            except BreakglassError as error:
                return Unread.because(error)

        yield ask


def _tell(proposal: Proposal, telling: Telling, write: Callable[..., str]) -> None:
    from gitops_breakglass.adapters import when_needed
    from gitops_breakglass.cli.telling import paint_for, write_report
    from gitops_breakglass.report.findings.text import explain
    from gitops_breakglass.report.findings.told import Told

    for form, file in telling.reports:
        write_report(file, write(form, proposal))
    paint = paint_for(telling.color)
    click.echo(write(telling.form, proposal, paint), nl=False, color=paint.is_on)
    click.echo(explain(Told(proposal.findings, pages=when_needed.rule_pages)), nl=False, err=True)
