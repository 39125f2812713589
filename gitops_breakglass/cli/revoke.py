"""`revoke`: end access now."""

from __future__ import annotations

from pathlib import Path

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.request import RequestId


@click.command()
@click.argument("request", metavar="CLUSTER/NAME", required=False)
@click.option("--all", "everything", is_flag=True, help="End everything that is live on --cluster.")
@click.option("--cluster", metavar="NAME", help="The cluster that --all is about.")
@repository_options
@wiring.format_option
@click.pass_context
def revoke(
    context: click.Context,
    request: str | None,
    everything: bool,  # noqa: FBT001
    cluster: str | None,
    repo: Path,
    branch: str,
    remote: str | None,
    form: str,
) -> None:
    """End access now.

    Marks the request's record on the cluster, so that it never comes back, and takes the access away in the same run.
    It needs no approval and no merge. Deleting the request's file and merging that does the same at the next reconcile.
    """
    from gitops_breakglass.adapters.pool import ThreadPool
    from gitops_breakglass.flows.revoke import revoke as run
    from gitops_breakglass.model.outcome import RunReport
    from gitops_breakglass.report.exits import exit_of
    from gitops_breakglass.report.run_json import run_as_json
    from gitops_breakglass.report.run_text import run_as_text

    wanted = _wanted(request, everything=everything, cluster=cluster)
    repository = AccessRepository(RepositoryOptions(repo, branch, remote))
    accesses = repository.policy().configuration.clusters
    with wiring.open_clusters(accesses, [wanted.cluster], repo) as opened:
        report = RunReport((run(opened[0], ThreadPool(), wanted.name or None),))
    click.echo(run_as_json(report) if form == "json" else run_as_text(report), nl=False)
    context.exit(exit_of(report))


def _wanted(request: str | None, *, everything: bool, cluster: str | None) -> RequestId:
    if everything and cluster and request is None:
        return RequestId(cluster, "")
    if request and "/" in request and not everything and cluster is None:
        wanted = RequestId(*request.split("/", 1))
        # A script whose variable is empty must not end everything.
        if wanted.cluster and wanted.name:
            return wanted
    msg = "name what to revoke"
    raise UsageError(msg, hint="`gitops-breakglass revoke CLUSTER/NAME`, or `revoke --all --cluster NAME`")
