"""`sweep`: end what is over, with the cluster and a clock alone."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from gitops_breakglass.cli import wiring
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.policy import KubernetesTarget


@click.command()
@click.option("--kubeconfig", metavar="FILE", help="How to reach the cluster.  [default: kubectl's own]")
@click.option("--context", "kube_context", metavar="NAME", help="The kubeconfig's context.")
@click.option("--in-cluster", is_flag=True, help="Use the service account of the pod that this runs in.")
@click.option("--manifests", metavar="FOLDER", help="Sweep a folder of manifests instead of an API server.")
@wiring.format_option
@click.pass_context
def sweep(
    context: click.Context,
    kubeconfig: str | None,
    kube_context: str | None,
    in_cluster: bool,  # noqa: FBT001
    manifests: str | None,
    form: str,
) -> None:
    """End what is over: cluster and clock, nothing else.

    It needs no git, no forge, and no configuration. Exits with 0, with 6 where an end was refused (it is tried again by
    the next run), with 7 where the cluster could not be reached.
    """
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
    from gitops_breakglass.adapters.pool import ThreadPool
    from gitops_breakglass.flows.ends.sweep import sweep as run
    from gitops_breakglass.model.outcome import RunReport
    from gitops_breakglass.report.exits import exit_of
    from gitops_breakglass.report.run_json import run_as_json
    from gitops_breakglass.report.run_text import run_as_text

    if manifests is not None and (kubeconfig or kube_context or in_cluster):
        msg = "a folder of manifests has no API server"
        raise UsageError(msg, hint="give --manifests alone")
    with ExitStack() as stack:
        if manifests is not None:
            name = Path(manifests).name
            report = RunReport((run(ManifestsCluster(name, manifests, SystemClock()), ThreadPool()),))
        else:
            target = KubernetesTarget(kubeconfig, kube_context, in_cluster)
            cluster = wiring.open_kubernetes(kube_context or "cluster", target, stack, None)
            report = RunReport((run(cluster, ThreadPool()),))
    click.echo(run_as_json(report) if form == "json" else run_as_text(report), nl=False)
    context.exit(exit_of(report))
