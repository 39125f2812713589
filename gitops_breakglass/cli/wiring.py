"""From options to adapters: the only place that knows which adapter a command gets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import click

from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.policy import ClusterAccess, KubernetesTarget, ManifestsTarget
from gitops_breakglass.ports import ClusterWriter, Pool


@contextmanager
def open_clusters(
    accesses: Mapping[str, ClusterAccess], names: Sequence[str], repository: Path
) -> Iterator[list[ClusterWriter]]:
    """Open the clusters of these names, or all of them. Raises UsageError for a name that is not configured."""
    unknown = sorted(set(names) - set(accesses))
    if unknown:
        msg = f"breakglass.yaml has no cluster {', '.join(unknown)}"
        raise UsageError(msg, hint=f"it has: {', '.join(sorted(accesses)) or 'none'}")
    with ExitStack() as stack:
        yield [_open(accesses[name], repository, stack) for name in sorted(names or accesses)]


def _open(access: ClusterAccess, repository: Path, stack: ExitStack) -> ClusterWriter:
    if isinstance(access.target, ManifestsTarget):
        from gitops_breakglass.adapters.clock import SystemClock
        from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster

        return ManifestsCluster(access.name, repository / access.target.folder, SystemClock())
    return open_kubernetes(access.name, access.target, stack, repository)


def open_kubernetes(name: str, target: KubernetesTarget, stack: ExitStack, repository: Path | None) -> ClusterWriter:
    """Open a cluster through its API server.

    A kubeconfig can name a program to run, so one that lies in the access repository, where a pull request could put
    it, is refused with UsageError.
    """
    from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster

    file = target.kubeconfig
    if repository is not None and file is not None and _is_inside(Path(file).expanduser(), repository.resolve()):
        msg = f"{name}: the kubeconfig {file} lies in the access repository"
        raise UsageError(msg, hint="keep kubeconfigs outside of it: whoever can merge could make it run a program")
    cluster = KubernetesCluster(name, target)
    stack.callback(cluster.close)
    return cluster


def _is_inside(file: Path, folder: Path) -> bool:
    """Whether the file, or a link on the way to it, lies in the clone that the folder is of."""
    root = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    # Also as it is written: a link in the repository may lead out of it today and elsewhere tomorrow.
    return any(each.is_relative_to(root) for each in (file.resolve(), Path(os.path.normpath(file.absolute()))))


def hands_for(cluster: ClusterWriter, key: Path | None, pool: Pool, patience: float = 0.0) -> Hands:
    """Return what applying takes; `patience` is in seconds."""
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.signing import Ed25519Signer

    return Hands(cluster, Ed25519Signer(key), pool, SystemClock(), timedelta(seconds=patience))


def cluster_option(function: click.decorators.FC) -> click.decorators.FC:
    """Add the option that chooses clusters."""
    return click.option(
        "--cluster", "clusters", multiple=True, metavar="NAME", help="Only this cluster; may be given several times."
    )(function)


def format_option(function: click.decorators.FC) -> click.decorators.FC:
    """Add the option that chooses the format of what is written to standard output."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="How the result is written to standard output.",
    )(function)


def key_option(function: click.decorators.FC) -> click.decorators.FC:
    """Add the option that names the reconciler's private key."""
    return click.option(
        "--key",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        default=None,
        help="The reconciler's private Ed25519 key (OpenSSH format), to sign decisions with.",
    )(function)
