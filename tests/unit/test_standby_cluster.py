"""Who does not hold a cluster's Lease makes nothing there, down to the single call."""

import pytest

from gitops_breakglass.adapters.cluster.led import LedCluster
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.policy import KubernetesTarget
from tests.contract.cluster.scripted import Say, scripted

ROLE = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "bg-x"}, "rules": []}
MADE = {**ROLE, "metadata": {"name": "bg-x", "uid": "u"}}
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
POSTED, SEEN = f"POST {ROLES}", [f"POST {ROLES}", f"GET {ROLES}/bg-x"]
LOST = (Say(cut=True), Say(500, {"message": "internal error"}))
POD = LiveObject(ObjectKey("v1", "Pod", "shop", "web-0"), "u", {"metadata": {}})


@pytest.fixture
def cluster(tmp_path):
    """Nothing is behind it: whoever calls would be told that there is no kubeconfig."""
    with LedCluster("prod", KubernetesTarget(str(tmp_path / "none")), lambda: "pod-b holds its Lease") as cluster:
        yield cluster


def test_nothing_is_made_by_whoever_does_not_hold_the_lease(cluster):
    with pytest.raises(UnreachableError, match="nothing is granted from here any more: pod-b holds its Lease"):
        cluster.create(ROLE)
    with pytest.raises(UnreachableError, match="nothing is granted from here any more: pod-b holds its Lease"):
        cluster.inject(POD, {"name": "shell"})
    assert cluster.calls == {}


def test_deletions_ask_for_no_lease(cluster):
    with pytest.raises(UnreachableError, match="no usable kubeconfig"):
        cluster.delete(POD)


@pytest.mark.parametrize("lost", LOST, ids=["cut", "error"])
def test_a_creation_whose_answer_was_lost_is_not_sent_again_once_another_one_holds_the_lease(tmp_path, lost):
    """It takes the Lease while the first creation is on its way, which never arrives."""
    with scripted(tmp_path, {POSTED: [lost, Say(201, MADE)]}) as server:
        taken = lambda: "pod-b holds its Lease" if POSTED in server.asked else None  # noqa: E731
        with (
            LedCluster("prod", KubernetesTarget(str(server.kubeconfig)), taken) as cluster,
            pytest.raises(UnreachableError, match="nothing is granted from here any more: pod-b holds its Lease"),
        ):
            cluster.create(ROLE)
        assert server.asked == SEEN


@pytest.mark.parametrize("lost", LOST, ids=["cut", "error"])
def test_whoever_still_holds_the_lease_sends_it_again(tmp_path, lost):
    with scripted(tmp_path, {POSTED: [lost, Say(201, MADE)]}) as server:
        with LedCluster("prod", KubernetesTarget(str(server.kubeconfig)), lambda: None) as cluster:
            assert cluster.create(ROLE).key.name == "bg-x"
        assert server.asked == [*SEEN, POSTED]
