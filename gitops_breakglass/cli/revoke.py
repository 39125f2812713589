"""`revoke`: end access now."""

from __future__ import annotations

from pathlib import Path

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import USUAL_REMOTE, AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.errors import BreakglassError, UsageError
from gitops_breakglass.model.request import RequestId


@click.command()
@click.argument("request", metavar="CLUSTER/NAME", required=False)
@click.option("--all", "everything", is_flag=True, help="End everything that is live on --cluster.")
@click.option("--cluster", metavar="NAME", help="The cluster that --all is about.")
@click.option("--open", "opens", is_flag=True, help="Also open a change at the forge that deletes the request's file.")
@click.option("--reason", default="", help="Why it is ended, for whoever reads the change.")
@wiring.reach_options
@repository_options
@wiring.format_option
@click.pass_context
def revoke(
    context: click.Context,
    request: str | None,
    everything: bool,  # noqa: FBT001
    cluster: str | None,
    opens: bool,  # noqa: FBT001
    reason: str,
    kubeconfig: str | None,
    kube_context: str | None,
    repo: Path,
    branch: str,
    remote: str | None,
    form: str,
) -> None:
    """End access now.

    Marks the request's record on the cluster, so that it never comes back, and takes the access away in the same run.
    It needs no approval and no merge. Deleting the request's file and merging that does the same at the next reconcile:
    --open pushes a branch that does, and opens the change, also where the cluster can't be reached from here.
    """
    from gitops_breakglass.adapters.pool import ThreadPool
    from gitops_breakglass.flows.revoke import revoke as run
    from gitops_breakglass.model.outcome import ClusterReport, RunReport
    from gitops_breakglass.report.exits import exit_of
    from gitops_breakglass.report.run_json import run_as_json
    from gitops_breakglass.report.run_text import run_as_text

    wanted = _wanted(request, everything=everything, cluster=cluster)
    repository = AccessRepository(RepositoryOptions(repo, branch, remote))
    opening = _Opening(repository, wanted, reason) if opens else None
    clusters = repository.policy().configuration.clusters
    accesses = wiring.reached_by(clusters, [wanted.cluster], kubeconfig, kube_context)
    try:
        with wiring.open_clusters(accesses, [wanted.cluster], repo) as opened:
            report = RunReport((run(opened[0], ThreadPool(), wanted.name or None),))
    except UsageError as error:
        if opening is None:
            raise
        # Its file may be there all the same, as that of a request that was never granted.
        click.echo(f"nothing to end now: {error.in_one_line()}", err=True)
        report = RunReport((ClusterReport(wanted.cluster),))
    except BreakglassError as error:
        if opening is None:
            raise
        report = RunReport((ClusterReport(wanted.cluster, unreachable=error.in_one_line()),))
    click.echo(run_as_json(report) if form == "json" else run_as_text(report), nl=False)
    if opening is not None:
        click.echo(opening.opened(), err=True)
    context.exit(exit_of(report))


class _Opening:
    """A change that deletes the request's file."""

    def __init__(self, repository: AccessRepository, request: RequestId, reason: str) -> None:
        if not request.name:
            raise UsageError("--open is about one request", hint="`gitops-breakglass revoke CLUSTER/NAME --open`")
        self._request = request
        self._reason = reason
        self._repository = repository
        # Before anything ends, so that a forge that can't be asked is said at once.
        self._desk = repository.desk()

    def opened(self) -> str:
        """Commit, push and open it; where it is."""
        from gitops_breakglass.adapters.worktree import WorkTree
        from gitops_breakglass.flows.ask.withdraw import delete_request
        from gitops_breakglass.report.opening import revocation_opening

        options = self._repository.options
        clone = WorkTree(options.path, None, options.remote or USUAL_REMOTE)
        sources = self._repository.refreshed()
        done = delete_request(self._request, sources=sources, clone=clone, reason=self._reason)
        clone.push(done.branch)
        title, body = revocation_opening(self._request, self._reason)
        return (
            f"Opened {self._desk.open(done.branch, title=title, body=body)}: merge it to delete {self._request.path}."
        )


def _wanted(request: str | None, *, everything: bool, cluster: str | None) -> RequestId:
    if everything and cluster and request is None:
        return RequestId(cluster, "")
    if request and "/" in request and not everything and cluster is None:
        wanted = RequestId(*request.split("/", 1))
        # A script whose variable is empty must not end everything.
        if wanted.cluster and wanted.name:
            return wanted
    msg = "name what to revoke: either one request, or all of one cluster"
    raise UsageError(msg, hint="`gitops-breakglass revoke CLUSTER/NAME`, or `revoke --all --cluster NAME`")
