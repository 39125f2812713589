"""`close-timed-out`: close the changes that nobody approved in time."""

from __future__ import annotations

from pathlib import Path

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.exits import ExitCode


@click.command(name="close-timed-out")
@click.option("--dry-run", is_flag=True, help="Only tell what would be closed.")
@repository_options
@wiring.format_option
@click.pass_context
def close_timed_out(
    context: click.Context,
    dry_run: bool,  # noqa: FBT001 - click gives all by name
    repo: Path,
    branch: str,
    remote: str | None,
    form: str,
) -> None:
    """Close the changes that ask for access and that nobody approved in time, each with a comment that says why.

    For a scheduled job; nothing depends on it, since later approvals do not count anyway. Exits with 0, with 6 where one
    could not be closed, with 7 where it can't be known of one whether its time is over.
    """
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.flows.close_timed_out import Closing
    from gitops_breakglass.flows.close_timed_out import close_timed_out as run
    from gitops_breakglass.report.closing import closed_as_json, closed_as_text, closing_comment

    access = AccessRepository(RepositoryOptions(repo, branch, remote))
    desk = None if dry_run else access.desk()
    changes = run(access.refreshed(), desk, closing_comment, now=SystemClock().now())
    click.echo(closed_as_json(changes) if form == "json" else closed_as_text(changes), nl=False)
    results = {each.result for each in changes}
    unknown = ExitCode.UNREACHABLE if Closing.UNKNOWN in results else ExitCode.CLEAN
    context.exit(ExitCode.ACTIONS_FAILED if Closing.FAILED in results else unknown)
