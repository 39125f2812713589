"""`plan`: what reconcile would do now."""

from __future__ import annotations

from pathlib import Path

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options


@click.command()
@repository_options
@wiring.cluster_option
@wiring.format_option
@click.option("--exit-code", is_flag=True, help="Exit with 4 where there is something to do.")
@click.pass_context
def plan(
    context: click.Context,
    repo: Path,
    branch: str,
    remote: str | None,
    clusters: tuple[str, ...],
    form: str,
    exit_code: bool,  # noqa: FBT001
) -> None:
    """Tell what reconcile would do now; reads only.

    Exits with 0, with 3 where it found an error, with 4 where there is something to do and --exit-code is given, with
    5 where a brake holds, with 7 where something could not be found out.
    """
    from gitops_breakglass.adapters.signing import Ed25519Signer
    from gitops_breakglass.flows.plan_all import plan_all
    from gitops_breakglass.report.exits import exit_of
    from gitops_breakglass.report.run_json import run_as_json
    from gitops_breakglass.report.run_text import plan_as_text

    repository = AccessRepository(RepositoryOptions(repo, branch, remote))
    accesses = repository.policy().configuration.clusters
    with wiring.open_clusters(accesses, clusters, repo) as opened:
        report = plan_all(opened, repository.refreshed(), Ed25519Signer().verify)
    click.echo(run_as_json(report) if form == "json" else plan_as_text(report), nl=False)
    context.exit(exit_of(report, pending=exit_code))
