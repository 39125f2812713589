"""`status`: each request's state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.errors import BreakglassError

if TYPE_CHECKING:
    from gitops_breakglass.model.policy import PolicySide
    from gitops_breakglass.model.status import ClusterStatus
    from gitops_breakglass.ports import ClusterReader


@click.command()
@click.argument("request", metavar="[CLUSTER/NAME]", required=False)
@repository_options
@wiring.cluster_option
@wiring.reach_options
@wiring.format_option
@click.pass_context
def status(
    context: click.Context,
    request: str | None,
    repo: Path,
    branch: str,
    remote: str | None,
    clusters: tuple[str, ...],
    kubeconfig: str | None,
    kube_context: str | None,
    form: str,
) -> None:
    """Tell each request's state, window, and what is on the cluster for it.

    Requests that are not merged yet are told from the forge, the others from the records on the clusters. Where the forge
    can't be asked, the records are told all the same. Exits with 7 where a cluster or the forge could not be read, else with
    3 where something gives access and should have ended, is not as we left it, or only looks like ours.
    """
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.signing import Ed25519Signer
    from gitops_breakglass.flows.status import cluster_status, first_sights, proposed_status
    from gitops_breakglass.report.exits import exit_of_status
    from gitops_breakglass.report.status import status_as_json, status_as_text

    repository = AccessRepository(RepositoryOptions(repo, branch, remote))
    wanted, _, name = (request or "").partition("/")
    names = (wanted,) if wanted else clusters
    accesses = wiring.reached_by(repository.policy().configuration.clusters, names, kubeconfig, kube_context)

    def policy_at(commit: str) -> PolicySide | None:
        return repository.alone().policy_at(commit)[0]

    with wiring.open_clusters(accesses, names, repo) as opened:
        found = [
            _with_actors(cluster_status(cluster, Ed25519Signer().verify, policy_at), cluster) for cluster in opened
        ]
    told = [cluster.cluster for cluster in found]
    form_of = status_as_json if form == "json" else status_as_text
    try:
        proposed = proposed_status(repository.refreshed(), told, SystemClock().now(), first_sights(found))
    except BreakglassError:
        # Who has access now is known without the forge, and is asked most while it is down.
        click.echo(form_of(found, (), only=name or None), nl=False)
        raise
    click.echo(form_of(found, proposed, only=name or None), nl=False)
    context.exit(exit_of_status(found))


def _with_actors(status: ClusterStatus, cluster: ClusterReader) -> ClusterStatus:
    """Return the status with who is at work there, where that can be found out."""
    from gitops_breakglass.flows.beat import actors_of

    leases = wiring.leases_of(cluster)
    if leases is None or status.unreachable:
        return status
    try:
        return replace(status, actors=actors_of(leases))
    except BreakglassError:
        # What was asked for is known all the same.
        return status
