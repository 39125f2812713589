"""From options to adapters: the only place that knows which adapter a command gets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.policy import ClusterAccess, KubernetesTarget, ManifestsTarget
from gitops_breakglass.ports import AuditSource, ClusterReader, ClusterWriter, Leases, Pool, Watcher

LEASE_SECONDS = 5.0
"""Within which a call about a Lease has to be answered: it is lost after ten."""
if TYPE_CHECKING:
    # The cluster's library is loaded where a cluster is opened.
    from gitops_breakglass.adapters.cluster.auditor import Auditor
    from gitops_breakglass.adapters.cluster.connection import Connection


class Lead(NamedTuple):
    """What a loop has of a cluster for all of its runs."""

    standby: Callable[[], str | None]
    """Says why this process does not grant there, when it is asked."""
    connection: Connection | None = None
    """None where it is no API server, or nothing goes on there."""


@contextmanager
def open_clusters(
    accesses: Mapping[str, ClusterAccess],
    names: Sequence[str],
    repository: Path,
    lead: Callable[[ClusterAccess], Lead] | None = None,
) -> Iterator[list[ClusterWriter]]:
    """Open the clusters of these names, or all of them. Raises UsageError for a name that is not configured.

    With `lead` nothing is made on a cluster where that gives a reason.
    """
    unknown = sorted(set(names) - set(accesses))
    if unknown:
        msg = f"breakglass.yaml has no cluster {', '.join(unknown)}"
        raise UsageError(msg, hint=f"it has: {', '.join(sorted(accesses)) or 'none'}")
    with ExitStack() as stack:
        yield [
            open_cluster(accesses[name], repository, stack, lead=lead(accesses[name]) if lead else None)
            for name in sorted(names or accesses)
        ]


def reached_by(
    accesses: Mapping[str, ClusterAccess], names: Sequence[str], kubeconfig: str | None, context: str | None
) -> Mapping[str, ClusterAccess]:
    """Return the accesses, the named cluster reached by whoever asks where they say how; UsageError where it is not one API server."""
    if not (kubeconfig or context):
        return accesses
    if len(names) != 1:
        raise UsageError("--kubeconfig and --context are for one cluster", hint="name it with --cluster")
    (name,) = names
    if name not in accesses:
        return accesses
    if isinstance(accesses[name].target, ManifestsTarget):
        raise UsageError(f"{name} is a folder of manifests", hint="leave --kubeconfig and --context out")
    return {**accesses, name: replace(accesses[name], target=KubernetesTarget(kubeconfig, context))}


def open_cluster(
    access: ClusterAccess,
    repository: Path,
    stack: ExitStack,
    *,
    lead: Lead | None = None,
    deadline: float = 30.0,
) -> ClusterWriter:
    """Open one cluster; `deadline` is in seconds, for one call."""
    if isinstance(access.target, ManifestsTarget):
        from gitops_breakglass.adapters.clock import SystemClock
        from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster

        return ManifestsCluster(access.name, repository / access.target.folder, SystemClock())
    return open_kubernetes(access.name, access.target, stack, repository, lead=lead, deadline=deadline)


def leases_of(cluster: ClusterReader) -> Leases | None:
    """Return the Leases of a cluster; a folder has none."""
    from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster

    return cluster.leases if isinstance(cluster, KubernetesCluster) else None


def watcher_for(access: ClusterAccess, stack: ExitStack) -> Watcher | None:
    """Return what hears of changes on a cluster; of a folder nobody hears."""
    if isinstance(access.target, ManifestsTarget):
        return None
    from gitops_breakglass.adapters.cluster.watching import ClusterWatch

    watch = ClusterWatch(access.name, access.target)
    stack.callback(watch.close)
    return watch


def open_kubernetes(
    name: str,
    target: KubernetesTarget,
    stack: ExitStack,
    repository: Path | None,
    *,
    lead: Lead | None = None,
    deadline: float = 30.0,
) -> ClusterWriter:
    """Open a cluster through its API server.

    A kubeconfig can name a program to run, so one that lies in the access repository, where a pull request could put
    it, is refused with UsageError.
    """
    from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster

    _refuse_inside(name, target, repository)
    if lead is not None:
        from gitops_breakglass.adapters.cluster.led import LedCluster

        cluster: KubernetesCluster = LedCluster(name, target, lead.standby, lead.connection)
    else:
        cluster = KubernetesCluster(name, target, deadline=deadline)
    stack.callback(cluster.close)
    return cluster


def open_connection(name: str, target: KubernetesTarget, stack: ExitStack) -> Connection:
    """Return what calls of many runs go over."""
    from gitops_breakglass.adapters.cluster.connection import Connection

    connection = Connection(name, target)
    stack.callback(connection.close)
    return connection


def open_auditor(name: str, target: KubernetesTarget, stack: ExitStack, repository: Path) -> Auditor:
    """Open a cluster through its API server, to look over all that is there; UsageError as `open_kubernetes` raises it."""
    from gitops_breakglass.adapters.cluster.auditor import Auditor

    _refuse_inside(name, target, repository)
    cluster = Auditor(name, target)
    stack.callback(cluster.close)
    return cluster


def _refuse_inside(name: str, target: KubernetesTarget, repository: Path | None) -> None:
    file = target.kubeconfig
    if repository is not None and file is not None and _is_inside(Path(file).expanduser(), repository.resolve()):
        msg = f"{name}: the kubeconfig {file} lies in the access repository"
        raise UsageError(msg, hint="keep kubeconfigs outside of it: whoever can merge could make it run a program")


def _is_inside(file: Path, folder: Path) -> bool:
    """Whether the file, or a link on the way to it, lies in the clone that the folder is of."""
    root = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    # Also as it is written: a link in the repository may lead out of it today and elsewhere tomorrow.
    return any(each.is_relative_to(root) for each in (file.resolve(), Path(os.path.normpath(file.absolute()))))


def hands_for(
    cluster: ClusterWriter, key: Path | None, pool: Pool, patience: float = 0.0, audit: AuditSource | None = None
) -> Hands:
    """Return what applying takes; `patience` is in seconds."""
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.signing import Ed25519Signer

    return Hands(cluster, Ed25519Signer(key), pool, SystemClock(), timedelta(seconds=patience), audit=audit)


def audit_source(access: ClusterAccess, repository: Path, *, loop: bool) -> AuditSource | None:
    """Return where a cluster's audit events come from, if that is configured; only a `loop` can take what a webhook sends.

    A log in the access repository is not read: a pull request could write what it says. Neither that nor a port that is
    taken keeps a run from anything; it says so.
    """
    log = access.audit_log
    if log is None or isinstance(access.target, ManifestsTarget) or (log.listen and not loop):
        return None
    from gitops_breakglass.adapters.audit_log.source import FileSource, UnusableSource, state_file

    try:
        if log.listen:
            return _webhook(log.listen)
        if _is_inside(Path(log.file), repository.resolve()):
            raise UsageError(f"the audit log {log.file} lies in the access repository", hint="keep it elsewhere")
        return FileSource(Path(log.file), state_file(access.name, Path(log.file)))
    except UsageError as error:
        return UnusableSource(error)


def _webhook(address: str) -> AuditSource:
    from gitops_breakglass.adapters.audit_log.webhook import WebhookSource

    names = [f"GITOPS_BREAKGLASS_AUDIT_{each}" for each in ("TOKEN", "CERTIFICATE", "KEY")]
    token, certificate, key = (os.environ.get(name, "") for name in names)
    if missing := [name for name in names if not os.environ.get(name)]:
        raise UsageError(
            f"audit events are not taken at {address}: {' and '.join(missing)} not set",
            hint="the token is what the API server sends; the others are paths of PEM files",
        )
    return WebhookSource(address, token, Path(certificate), Path(key))


def audit_file(access: ClusterAccess, repository: Path) -> Path | None:
    """Return the file of a cluster's audit log, if one is named that lies where no pull request could write it."""
    if access.audit_log is None or not access.audit_log.file:
        return None
    file = Path(access.audit_log.file)
    return None if _is_inside(file, repository.resolve()) else file


def cluster_option(function: click.decorators.FC) -> click.decorators.FC:
    """Add the option that chooses clusters."""
    return click.option(
        "--cluster", "clusters", multiple=True, metavar="NAME", help="Only this cluster; may be given several times."
    )(function)


def reach_options(function: click.decorators.FC) -> click.decorators.FC:
    """Add the options by which somebody reaches a cluster with their own credentials."""
    context = click.option("--context", "kube_context", metavar="NAME", help="The kubeconfig's context.")
    return click.option(
        "--kubeconfig", metavar="FILE", help="Your own way to the cluster.  [default: as breakglass.yaml says]"
    )(context(function))


def format_option(function: click.decorators.FC) -> click.decorators.FC:
    """Add the option that chooses the format of what is written to standard output."""
    return format_choice("text", "json", what="the result is")(function)


def format_choice(*formats: str, what: str) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """Return what adds `--format` with these choices, of which the first is the default; its help says `How {what} written`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help=f"How {what} written to standard output.",
    )


def key_option(function: click.decorators.FC) -> click.decorators.FC:
    """Add the option that names the reconciler's private key."""
    return click.option(
        "--key",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        default=None,
        help="The reconciler's private Ed25519 key (OpenSSH format), to sign decisions with.",
    )(function)
