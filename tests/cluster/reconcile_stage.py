"""A repository of two clusters to reconcile, as the reconciler's own account: one is installed, the other is down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.ports import ClusterWriter
from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.cluster.harness import programs
from tests.cluster.harness.becoming import settled

DOWN = "prod-cluster-2"
LONG = 600


def two_clusters(folder: Path, people: list[str]) -> FaultyStage:
    """A repository of two clusters: one installed, and one where nothing listens."""
    stage = FaultyStage(folder, people)
    dead = stage.folder / "dead.kubeconfig"
    dead.write_text(str(programs.kubeconfig("https://127.0.0.1:9", stage.server.ca, {"token": "none"})))
    path = stage.world.path
    text = (path / "breakglass.yaml").read_text()
    entry = f"clusters:\n  {DOWN}: {{kubernetes: {{kubeconfig: {dead}}}}}\n"
    second = (path / "clusters" / f"{CLUSTER}.yaml").read_text().replace(CLUSTER, DOWN)
    stage.world.policy({"breakglass.yaml": text.replace("clusters:\n", entry, 1), f"clusters/{DOWN}.yaml": second})
    stage.install()
    return stage


def run(stage: FaultyStage, *, code: int = 0, cluster: str = CLUSTER) -> str:
    """Reconcile the living cluster once; what it said."""
    return str(
        stage.run("reconcile", "--cluster", cluster, "--key", str(stage.folder / "signing-key"), code=code).stdout
    )


def granted(stage: FaultyStage, name: str, seconds: int = LONG) -> None:
    """Have a request granted, and see that it is."""
    stage.ask(name, seconds=seconds)
    said = run(stage)
    assert f"granted   {CLUSTER}/{name}" in said
    assert stage.may(name)


def ended(stage: FaultyStage, name: str) -> bool:
    """Whether nothing is left, and the record says so."""
    settled(stage.admin)
    return not stage.may(name) and stage.left(name) == [] and "endedAt" in stage.record(name)["status"]


@contextmanager
def opened(stage: FaultyStage) -> Iterator[KubernetesCluster]:
    """The cluster as the reconciler reaches it."""
    with KubernetesCluster(CLUSTER, KubernetesTarget(str(stage.reconciler.kubeconfig))) as cluster:
        yield cluster


def run_by(stage: FaultyStage, cluster: ClusterWriter, pool: ThreadPool) -> RunReport:
    """Reconcile once, in this process."""
    sources = AccessRepository(RepositoryOptions(stage.world.path, "main", None)).sources()
    try:
        return reconcile([Hands(cluster, Ed25519Signer(stage.folder / "signing-key"), pool)], lambda: sources)
    finally:
        settled(stage.admin)


def state(stage: FaultyStage, name: str) -> Mapping[str, object]:
    """What there is of a request, without what is each request's own."""
    settled(stage.admin)
    record = stage.record(name)
    sessions = stage.custom("breakglasssessions", "breakglass.t-caas.telekom.com")
    return {
        "may": stage.may(name),
        "left": stage.left(name),
        "state": record["status"].get("state"),
        "listed": [each["kind"] for each in record["status"].get("inventory", ())],
        "ended": "endedAt" in record["status"],
        "session": [
            each.get("status", {}).get("state") for each in sessions if each["spec"]["user"] == f"{name}@example.com"
        ],
    }


GRANTED = {
    "may": True,
    "left": ["role", "binding"],
    "state": "Approved",
    "listed": ["ClusterRole", "ClusterRoleBinding"],
    "ended": False,
    "session": ["Approved"],
}
ENDED = {**GRANTED, "may": False, "left": [], "state": "Expired", "ended": True, "session": ["Expired"]}
