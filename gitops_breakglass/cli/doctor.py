"""`doctor`: whether everything is there, and set up as it should be."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from gitops_breakglass.cli import repository, wiring
from gitops_breakglass.model.errors import BreakglassError, UsageError
from gitops_breakglass.model.policy import KubernetesTarget, PolicySide

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitops_breakglass.flows.sources import Sources
    from gitops_breakglass.model.doctor import Diagnosis
    from gitops_breakglass.ports import ClusterReader, Leases

T = TypeVar("T")


@click.command()
@repository.repository_options
@wiring.cluster_option
@click.option("--kubeconfig", metavar="FILE", help="Another way to the one cluster that is named: an administrator's.")
@click.option("--context", "kube_context", metavar="NAME", help="The kubeconfig's context.")
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A private key: tell whether it is one that the trust root pins.",
)
@wiring.format_option
@click.pass_context
def doctor(
    context: click.Context,
    repo: Path,
    branch: str,
    remote: str | None,
    clusters: tuple[str, ...],
    kubeconfig: str | None,
    kube_context: str | None,
    key: Path | None,
    form: str,
) -> None:
    """Tell whether everything is there, and set up as it should be. Changes nothing.

    Looks at the clone and its policy side; at the forge's settings, token, clock, accounts and last run; and on each
    cluster at trust root, custom resources, fence, guard, rights, ceiling, clock and last run. With --key it tells whether
    the key is the reconciler's. The reconciler's identity may not see all of a cluster: give --cluster with an administrator's
    --kubeconfig for that.

    Exits with 0 where all is well, with 3 where something is wrong or weak, with 7 where only something is not known.
    """
    from gitops_breakglass.adapters import yamlfile
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.flows.doctor import Doctor
    from gitops_breakglass.report.doctor import doctor_as_json, doctor_as_text, exit_of_doctor

    if (kubeconfig or kube_context) and len(clusters) != 1:
        raise UsageError("--kubeconfig and --context are for one cluster", hint="name it with --cluster")
    opened = repository.AccessRepository(repository.RepositoryOptions(repo, branch, remote))
    diagnoses = list(Doctor(opened, branch, yamlfile.load, SystemClock().now).on_repository())
    policy = _or_none(opened.policy)
    if policy is not None:
        with ExitStack() as stack:
            target = KubernetesTarget(kubeconfig, kube_context) if kubeconfig or kube_context else None
            reached = _open(policy, clusters, target, repo, stack)
            diagnoses += _on_clusters(reached, _or_none(opened.sources), key, policy)
    click.echo(doctor_as_json(diagnoses) if form == "json" else doctor_as_text(diagnoses), nl=False)
    context.exit(exit_of_doctor(diagnoses))


def _open(
    policy: PolicySide, names: tuple[str, ...], target: KubernetesTarget | None, repo: Path, stack: ExitStack
) -> Sequence[ClusterReader]:
    """Open the clusters as breakglass.yaml reaches them, or one as an administrator does."""
    accesses = policy.configuration.clusters
    if target is None:
        return stack.enter_context(wiring.open_clusters(accesses, names, repo))
    from gitops_breakglass.flows.install import access_to

    return [wiring.open_kubernetes(access_to(policy, names[0]).name, target, stack, None)]


def _on_clusters(
    clusters: Sequence[ClusterReader], sources: Sources | None, key: Path | None, policy: PolicySide
) -> list[Diagnosis]:
    from gitops_breakglass.adapters.bundled import crds
    from gitops_breakglass.adapters.clock import SystemClock
    from gitops_breakglass.adapters.pool import ThreadPool
    from gitops_breakglass.adapters.signing import Ed25519Signer
    from gitops_breakglass.flows.cluster_look import Looking
    from gitops_breakglass.flows.doctor import on_clusters

    looking = Looking(sources, crds(), Ed25519Signer(key), key is not None, ThreadPool(), SystemClock().now)
    found: list[Diagnosis] = []
    for cluster in clusters:
        told = list(on_clusters([cluster], looking, policy))
        found += told
        leases = wiring.leases_of(cluster)
        # Where nothing is installed nobody can be at work.
        if leases is not None and any(each.check == "reconciled" for each in told):
            found.append(_actors(leases, cluster.name))
    return found


def _actors(leases: Leases, cluster: str) -> Diagnosis:
    from gitops_breakglass.core.doctor.actors import judge_actors
    from gitops_breakglass.core.doctor.check import unread
    from gitops_breakglass.flows.beat import actors_of

    try:
        return judge_actors(actors_of(leases), cluster)
    except BreakglassError as error:
        return judge_actors(unread(error), cluster)


def _or_none(opens: Callable[[], T]) -> T | None:
    """Return what can be opened; what can't has been told of by then."""
    try:
        return opens()
    except BreakglassError:
        return None
