"""`install`: prepare a cluster, once, as its administrator."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions, repository_options
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.kube import Manifest, key_of
from gitops_breakglass.model.policy import ClusterAccess, KubernetesTarget, ManifestsTarget, PolicySide

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command()
@repository_options
@click.option("--cluster", required=True, metavar="NAME", help="The cluster, as breakglass.yaml names it.")
@click.option("--apply", "now", is_flag=True, help="Apply instead of printing.")
@click.option("--kubeconfig", metavar="FILE", help="The administrator's way to the cluster.  [default: kubectl's own]")
@click.option("--context", "kube_context", metavar="NAME", help="The kubeconfig's context.")
@click.option(
    "--policy-commit",
    metavar="COMMIT",
    help="The commit of the policy side to trust.  [default: the tip of the default branch]",
)
def install(
    repo: Path,
    branch: str,
    remote: str | None,
    cluster: str,
    now: bool,  # noqa: FBT001
    kubeconfig: str | None,
    kube_context: str | None,
    policy_commit: str | None,
) -> None:
    """Prepare a cluster, once, as its administrator.

    Prints what is to be applied as YAML, or applies it with --apply: custom resources, our namespace, the fence and the
    guard, the rights of reconciler and sweeper with their ceiling, and the trust root. Reads the cluster either way. Run
    it again when the policy side has grown: the ceiling follows. For a `manifests` cluster it prepares the folder.
    """
    from gitops_breakglass.flows.install import access_to, trusted_policy

    sources = AccessRepository(RepositoryOptions(repo, branch, remote)).sources()
    policy = trusted_policy(sources, policy_commit)
    access = access_to(policy, cluster)
    if isinstance(access.target, ManifestsTarget):
        if kubeconfig or kube_context:
            raise UsageError(f"{cluster} is a folder of manifests, which has no API server", hint="leave these out")
        _install_folder(access.name, repo / access.target.folder, policy, now=now)
    else:
        _install_cluster(access, KubernetesTarget(kubeconfig, kube_context), policy, now=now)


def _install_cluster(access: ClusterAccess, target: KubernetesTarget, policy: PolicySide, *, now: bool) -> None:
    from gitops_breakglass.adapters.bundled import crds
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.cluster.administrator import Administrator
    from gitops_breakglass.flows.install import apply, prepare
    from gitops_breakglass.report.terminal import printable

    with closing(Administrator(access.name, target)) as administrator:
        prepared = prepare(administrator, access, policy=policy, crds=crds())
        for note in prepared.notes:
            click.echo(printable(note), err=True)
        if not now:
            _print(prepared.bundle.manifests)
            return
        apply(administrator, prepared.bundle, clock=SystemClock())
    for manifest in prepared.bundle.manifests:
        click.echo(f"applied {printable(str(key_of(manifest)))}")


def _install_folder(name: str, folder: Path, policy: PolicySide, *, now: bool) -> None:
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
    from gitops_breakglass.flows.install import install_folder

    if not now:
        click.echo(f"would prepare {folder} and pin the policy side {policy.commit[:12]} there; add --apply to do it")
        return
    install_folder(ManifestsCluster(name, folder, SystemClock()), policy=policy)
    click.echo(f"prepared {folder}: the policy side {policy.commit[:12]} is pinned there")


def _print(manifests: Iterable[Manifest]) -> None:
    from gitops_breakglass.core.yaml.dump import dump

    for manifest in manifests:
        click.echo(f"---\n{dump(manifest)}", nl=False)
