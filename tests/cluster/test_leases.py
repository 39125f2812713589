"""Leases on a real API server, as reconciler and installation write them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.core.install.marks import LABELS
from gitops_breakglass.core.lease import taken
from gitops_breakglass.flows.beat import note_run
from gitops_breakglass.model.errors import ConflictError
from gitops_breakglass.model.kube import NAMESPACE
from gitops_breakglass.model.lease import Lease
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.install_fixture import CLUSTER, Installed

LASTS = timedelta(seconds=15)
PATH = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"


@pytest.fixture
def leases(installed: Installed):
    """As the reconciler; each test begins with leases that nobody has held."""
    for name in ("reconciler", "sweeper"):
        installed.admin.must("PATCH", f"{PATH}/{name}", {"metadata": {"annotations": None}, "spec": None})
    with KubernetesCluster(CLUSTER, KubernetesTarget(str(installed.reconciler.kubeconfig))) as cluster:
        yield cluster.leases


def test_install_makes_both_leases_empty(installed, leases):
    assert [leases.read(name).lease for name in ("reconciler", "sweeper")] == [Lease("reconciler"), Lease("sweeper")]


def test_the_reconciler_takes_its_lease_and_the_next_writer_of_the_same_sight_is_refused(leases):
    seen = leases.read("reconciler")
    mine = leases.write(seen, taken(seen, "pod-a", LASTS))
    assert (mine.lease.holder, mine.lease.renewed) == ("pod-a", seen.now)
    assert leases.read("reconciler").lease == mine.lease
    with pytest.raises(ConflictError):
        leases.write(seen, taken(seen, "pod-b", LASTS))
    assert leases.read("reconciler").lease.holder == "pod-a"


def test_installing_again_leaves_the_holder_and_every_note(installed, leases):
    seen = leases.read("reconciler")
    leases.write(seen, taken(seen, "pod-a", LASTS))
    note_run(leases, "reconciler", timedelta(minutes=5))
    before = leases.read("reconciler").lease
    assert before.next_run == before.ran + timedelta(minutes=5)
    for manifest in installed.bundle.manifests:
        if manifest["kind"] == "Lease":
            installed.administrator.apply(manifest)
    assert leases.read("reconciler").lease == before
    assert leases.read("reconciler").manifest["metadata"]["labels"] == LABELS


def test_a_lease_that_is_not_there_is_made_once(installed):
    """As the administrator, and by another name: the installation is there for other tests too."""
    leases = installed.administrator.leases
    seen = leases.read("not-there")
    assert (seen.lease, seen.manifest) == (Lease("not-there"), None)
    made = leases.write(seen, taken(seen, "pod-a", LASTS))
    with pytest.raises(ConflictError):
        leases.write(seen, taken(seen, "pod-b", LASTS))
    installed.admin.must("DELETE", f"{PATH}/not-there")
    with pytest.raises(ConflictError):
        leases.write(made, replace(made.lease, holder="pod-b"))
