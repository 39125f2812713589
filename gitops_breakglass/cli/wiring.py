"""From options to adapters: the only place that knows which adapter a command gets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.policy import ClusterAccess, KubernetesTarget, ManifestsTarget, PolicySide
from gitops_breakglass.model.request import AnyRequest
from gitops_breakglass.ports import ClusterWriter, Pool


@dataclass(frozen=True)
class RepositoryOptions:
    """Where the access repository is, and which branch counts."""

    path: Path
    branch: str
    remote: str | None


def open_sources(options: RepositoryOptions) -> Sources:
    """Return the readers of the access repository. Raises UsageError for a forge that this version has no adapter for."""
    from gitops_breakglass.adapters import yamlfile
    from gitops_breakglass.adapters.bundled import schema_catalog
    from gitops_breakglass.adapters.forge.local import LocalForge
    from gitops_breakglass.adapters.gitrepo import GitRepository
    from gitops_breakglass.flows.load import load_policy, load_request

    repository = GitRepository(options.path, branch=options.branch, remote=options.remote)
    catalog = schema_catalog()

    def read_request(path: str, content: bytes, blob: str) -> tuple[AnyRequest | None, tuple[Finding, ...]]:
        return load_request(path, content, blob=blob, loader=yamlfile.load, catalog=catalog)

    read_policy = partial(load_policy, loader=yamlfile.load, catalog=catalog)
    return Sources(repository, LocalForge(repository), read_policy, read_request)


def policy_at_tip(sources: Sources) -> PolicySide:
    """Return the newest readable policy side of the default branch, proved or not.

    It says how clusters are reached, and what to show. One broken file at the tip must not keep a run from ending what
    is over, so an older one serves. Raises UsageError where there is none.
    """
    repository = sources.repository
    tip = repository.tip()
    older = [touch.parent for name in ("breakglass.yaml", "identities.yaml") for touch in repository.touches(tip, name)]
    for commit in [tip, *older]:
        policy = sources.policy_at(commit)[0] if commit else None
        if policy is None:
            continue
        if policy.configuration.provider is not Provider.LOCAL:
            msg = f"this version has no adapter for {policy.configuration.provider}"
            raise UsageError(msg, hint="set forge.provider to local")
        return policy
    first = next((finding for finding in sources.policy_at(tip)[1] if finding.is_error), None)
    msg = "the policy side of the default branch can't be read" + (
        f": {first.location}: {first.message}" if first else ""
    )
    raise UsageError(msg, hint="run `gitops-breakglass check` in the access repository")


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


def hands_for(cluster: ClusterWriter, key: Path | None, pool: Pool) -> Hands:
    """Return what applying takes."""
    from gitops_breakglass.adapters.signing import Ed25519Signer

    return Hands(cluster, Ed25519Signer(key), pool)


def repository_options(function: click.decorators.FC) -> click.decorators.FC:
    """Add the options that name the access repository."""
    decorators = [
        click.option(
            "--repo",
            "repo",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            default=Path(),
            help="The access repository.  [default: the current folder]",
        ),
        click.option("--branch", default="main", show_default=True, help="Its default branch."),
        click.option("--remote", default=None, help="Read the branch of this remote instead of the local one."),
    ]
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


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
