"""`request`: ask for access, in a signed commit on a branch of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gitops_breakglass.cli.debug_options import debug_options, take_debug
from gitops_breakglass.cli.repository import USUAL_REMOTE, AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.window import parse_duration, parse_time

if TYPE_CHECKING:
    from gitops_breakglass.adapters.worktree import WorkTree
    from gitops_breakglass.flows.ask.draft import Recurs, Wish
    from gitops_breakglass.flows.ask.draft_debug import DebugWish
    from gitops_breakglass.flows.ask.request import Requested, Second
    from gitops_breakglass.model.request import RequestId
    from gitops_breakglass.ports import Desk

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
@click.option("--cron", metavar="EXPRESSION", help='Again and again: five fields, as "0 9 * * 1-5". For cluster roles.')
@click.option("--location", metavar="ZONE", help="The time zone of --cron, as Europe/Berlin.  [default: UTC]")
@click.option("--end", metavar="TIME", help="With --cron: none begins then or later, and an open window ends.")
@click.option(
    "--max-activations", type=click.IntRange(min=1), metavar="N", help="With --cron: so many windows at most."
)
@click.option("--approver", "approvers", metavar="EMAIL", multiple=True, help="Only these of the offer's approvers.")
@click.option("--no-approval", "unasked", is_flag=True, help="Ask for no approval, where the offer spares it.")
@click.option("--reason", default="", help="Why the access is needed.")
@click.option("--open", "opens", is_flag=True, help="Push the branch, and open the pull or merge request.")
@debug_options
@signing_key_option
@repository_options
@click.pass_context
def request(
    context: click.Context,
    /,
    cluster: str,
    name: str,
    opens: bool,  # noqa: FBT001 - click gives all by name
    key: str | None,
    repo: Path,
    branch: str,
    remote: str | None,
    **asked: Any,
) -> None:
    """Ask for access to CLUSTER with a request called NAME.

    Writes requests/CLUSTER/NAME.yaml in a commit on the branch breakglass/CLUSTER/NAME, signed where there is only git to
    say who asks. Your work tree stays as it is. Nothing is written where the request would be refused; then the exit code
    is 3. --open also pushes the branch and opens the pull or merge request.
    """
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.worktree import WorkTree
    from gitops_breakglass.flows.ask.request import Refused, request_id
    from gitops_breakglass.flows.ask.request import request as run
    from gitops_breakglass.report.findings.text import as_text

    debug = take_debug(asked)
    wish = _wish(request_id(cluster, name), debug=debug, **asked)
    repository = AccessRepository(RepositoryOptions(repo, branch, remote))
    is_local = repository.policy().configuration.provider is Provider.LOCAL
    # Asked for first: where nothing can be opened, nothing is written.
    desk = repository.desk() if opens else None
    sources = repository.refreshed() if opens else repository.sources()
    clone = WorkTree(repo, key, remote or USUAL_REMOTE)
    done = run(wish, sources=sources, clone=clone, now=SystemClock().now())
    if isinstance(done, Refused):
        click.echo(done.text, nl=False)
        click.echo(as_text(done.findings), nl=False, err=True)
        click.echo("The request above would be refused, so nothing was written.", err=True)
        context.exit(ExitCode.FINDINGS)
    address = _opened(done, desk, clone) if desk else None
    told_remote = clone.remote if clone.has_remote() else None
    steps = _next_by_git(done, branch, told_remote) if is_local else _next_at_forge(done, told_remote, address)
    for line in (*_made(done), "Next:", *steps):
        click.echo(line)


def _opened(done: Requested, desk: Desk, clone: WorkTree) -> str:
    """Push the branch and open its change; where that is."""
    from gitops_breakglass.report.findings.markdown import code
    from gitops_breakglass.report.opening import request_opening
    from gitops_breakglass.report.words import approvers

    clone.push(done.branch)
    names = [code(name) for name in done.approvers]
    who = approvers(names, done.unnamed, by_team=done.by_team)
    second = None
    if done.second is not None:
        names = [code(name) for name in done.second.approvers]
        second = approvers(names, done.second.unnamed, by_team=done.second.by_team)
    title, body = request_opening(
        done.id, done.text, who, needs_approval=done.needs_approval, is_unasked=done.is_unasked, second=second
    )
    return desk.open(done.branch, title=title, body=body)


def _made(done: Requested) -> Iterator[str]:
    yield f"Request {done.id} by {done.author} is on branch {done.branch}, commit {done.commit[:12]}."
    yield from (f"  {line}" for line in done.text.splitlines())


def _next_by_git(done: Requested, default_branch: str, remote: str | None) -> Iterator[str]:
    """Say what is to be done next where there is only git, in commands that can be typed."""
    if remote:
        yield f"  git push {remote} {done.branch}"
    if done.needs_approval:
        yield f"  have it approved by {_approvers(done)}, who runs"
        yield f"    gitops-breakglass approve {done.id}"
    if done.second is not None:
        yield f"  have what it overrides approved by {_approvers(done.second)}, in the same way, as a second person"
    yield f"  git checkout {default_branch} && git merge --no-ff {done.branch}"


def _next_at_forge(done: Requested, remote: str | None, address: str | None) -> Iterator[str]:
    """Say what is to be done next at a forge."""
    if address is None:
        yield f"  git push {remote or USUAL_REMOTE} {done.branch}"
        yield "  open a pull or merge request of it, or give --open next time, which does both"
    else:
        yield f"  see {address}"
    if done.needs_approval:
        yield f"  have it approved there by {_approvers(done)}"
    if done.second is not None:
        yield f"  have what it overrides approved there by {_approvers(done.second)}, as a second person"
    yield "  merge it there: the access begins with the merge"


def _approvers(done: Requested | Second) -> str:
    from gitops_breakglass.report.words import approvers

    return approvers(done.approvers, done.unnamed, by_team=done.by_team) or "nobody: no one may approve this"


def _duration(text: str | None) -> timedelta | None:
    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--duration: {error}", hint="as in --duration 1h30m") from error


def _wish(
    wanted: RequestId,
    *,
    debug: DebugWish | None,
    escalation: str | None,
    roles: tuple[str, ...],
    duration: str | None,
    start: str | None,
    cron: str | None,
    location: str | None,
    end: str | None,
    max_activations: int | None,
    approvers: tuple[str, ...],
    unasked: bool,
    reason: str,
) -> Wish:
    """Return what the options ask for. Raises UsageError where they do not go together."""
    from gitops_breakglass.flows.ask.draft import Wish

    if [escalation is not None, bool(roles), debug is not None].count(True) != 1:
        raise UsageError(
            "say what is asked for", hint="give one of --escalation NAME, --cluster-role NAME and --template NAME"
        )
    recurs = _recurs(cron, location, end, max_activations)
    if not roles and (recurs or approvers or unasked):
        hint = "--cron, --approver and --no-approval go with --cluster-role"
        what = "an escalation" if debug is None else "a template"
        raise UsageError(f"{what} says itself how often, and who approves", hint=hint)
    if debug is not None and start is not None:
        raise UsageError("a debug session begins with the merge", hint="leave --start out")
    return Wish(
        wanted,
        escalation,
        roles,
        _duration(duration),
        _time("--start", start),
        reason,
        recurs,
        approvers,
        approval=not unasked,
        debug=debug,
    )


def _recurs(cron: str | None, location: str | None, end: str | None, most: int | None) -> Recurs | None:
    from gitops_breakglass.flows.ask.draft import Recurs

    if cron is not None:
        return Recurs(cron, location, _time("--end", end), most)
    for option, value in (("--location", location), ("--end", end), ("--max-activations", most)):
        if value is not None:
            raise UsageError(f"{option} is for recurring access", hint=f"give --cron too, or leave {option} out")
    return None


def _time(option: str, text: str | None) -> datetime | None:
    try:
        return None if text is None else parse_time(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}", hint=f"as in {option} 2026-01-31T09:00:00Z") from error
