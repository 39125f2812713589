"""`gate`: whether a change may be merged, and what is missing."""

from __future__ import annotations

from pathlib import Path

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.exits import ExitCode


@click.command()
@click.option("--change", required=True, metavar="BRANCH", help="The branch to be merged.")
@repository_options
@wiring.format_option
@click.pass_context
def gate(context: click.Context, change: str, repo: Path, branch: str, remote: str | None, form: str) -> None:
    """Tell who has approved a change, who still may, and why other approvals do not count.

    The change is judged by the policy of the default branch. Exits with 0 where nothing is missing but the merge, with
    3 where something is, with 7 where it could not be found out.
    """
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.flows.gate import gate as run
    from gitops_breakglass.model.decision import Unknown
    from gitops_breakglass.report.decision import decision_as_json, decision_as_text
    from gitops_breakglass.report.findings.text import as_text

    sources = AccessRepository(RepositoryOptions(repo, branch, remote)).refreshed()
    proposal = run(sources, change, now=SystemClock().now())
    title = str(proposal.request) if proposal.request else f"the policy side, in {change}"
    if form == "json":
        click.echo(decision_as_json(title, proposal.decision, proposal.findings), nl=False)
    else:
        click.echo(as_text(proposal.findings) + decision_as_text(title, proposal.decision), nl=False)
    unknown = isinstance(proposal.decision, Unknown)
    context.exit(ExitCode.UNREACHABLE if unknown else ExitCode.CLEAN if proposal.may_merge else ExitCode.FINDINGS)
