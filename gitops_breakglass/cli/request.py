"""`request`: ask for access, in a signed commit on a branch of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.window import parse_duration, parse_time

if TYPE_CHECKING:
    from gitops_breakglass.flows.request import Requested

signing_key_option = click.option(
    "--key", metavar="PATH", help="The SSH key to sign with; without it, the one that git is configured with."
)


@click.command()
@click.argument("cluster")
@click.argument("name")
@click.option("--escalation", metavar="NAME", help="The escalation whose rights are asked for.")
@click.option("--cluster-role", "roles", metavar="NAME", multiple=True, help="A cluster role that an offer covers.")
@click.option("--duration", metavar="DURATION", help="How long, as 30m, 2h or 1h30m; without it, as long as allowed.")
@click.option("--start", metavar="TIME", help="Not before this time, as 2026-01-31T09:00:00Z.")
@click.option("--reason", default="", help="Why the access is needed.")
@signing_key_option
@repository_options
@click.pass_context
def request(
    context: click.Context,
    cluster: str,
    name: str,
    escalation: str | None,
    roles: tuple[str, ...],
    duration: str | None,
    start: str | None,
    reason: str,
    key: str | None,
    repo: Path,
    branch: str,
    remote: str | None,
) -> None:
    """Ask for access to CLUSTER with a request called NAME.

    Writes requests/CLUSTER/NAME.yaml in a signed commit on the branch breakglass/CLUSTER/NAME. Your work tree stays as it
    is. Nothing is written where the request would be refused; then the exit code is 3.
    """
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.worktree import WorkTree
    from gitops_breakglass.flows.draft import Wish
    from gitops_breakglass.flows.request import Refused, request_id
    from gitops_breakglass.flows.request import request as run
    from gitops_breakglass.report.findings.text import as_text

    if (escalation is None) == (not roles):
        raise UsageError("say what is asked for", hint="give either --escalation NAME or --cluster-role NAME")
    wish = Wish(request_id(cluster, name), escalation, roles, _duration(duration), _start(start), reason)
    sources = AccessRepository(RepositoryOptions(repo, branch, remote)).sources()
    clone = WorkTree(repo, key, remote or "origin")
    done = run(wish, sources=sources, clone=clone, now=SystemClock().now())
    if isinstance(done, Refused):
        click.echo(done.text, nl=False)
        click.echo(as_text(done.findings), nl=False, err=True)
        click.echo("The request above would be refused, so nothing was written.", err=True)
        context.exit(ExitCode.FINDINGS)
    for line in _told(done, branch, clone.remote if clone.has_remote() else None):
        click.echo(line)


def _told(done: Requested, default_branch: str, remote: str | None) -> Iterator[str]:
    """Say what was done, and what is to be done next, in commands that can be typed."""
    from gitops_breakglass.report.words import people

    yield f"Request {done.id} by {done.author} is on branch {done.branch}, commit {done.commit[:12]}."
    yield from (f"  {line}" for line in done.text.splitlines())
    yield "Next:"
    if remote:
        yield f"  git push {remote} {done.branch}"
    if done.needs_approval:
        yield f"  have it approved by {people(done.approvers, done.unnamed) or 'nobody: no one may approve this'}, who runs"
        yield f"    gitops-breakglass approve {done.id}"
    yield f"  git checkout {default_branch} && git merge --no-ff {done.branch}"


def _duration(text: str | None) -> timedelta | None:
    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--duration: {error}", hint="as in --duration 1h30m") from error


def _start(text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_time(text)
    except ValueError as error:
        raise UsageError(f"--start: {error}", hint="as in --start 2026-01-31T09:00:00Z") from error
