"""Who does not hold a cluster's Lease makes nothing there, down to the single call."""

import pytest

from gitops_breakglass.adapters.cluster.led import LedCluster
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.policy import KubernetesTarget

ROLE = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "bg-x"}, "rules": []}
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
