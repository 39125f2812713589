"""Forged records of debug sessions: the sweeper goes on ending, and deletes nothing that no session made."""

import json

import pytest

from gitops_breakglass.core.debug.statement import debug_manifest
from gitops_breakglass.model.debug_grant import DebugGrant, Injection, PodOperations
from tests.e2e.debug_folder import Cluster, Session, swept

PATCHED = Injection("shop", "web-0", "", {"name": "debugger", "image": "x"}, restart=True)
FORGED = debug_manifest(DebugGrant("bg-net", "network", "", "shop", PodOperations(), injections=(PATCHED,)))
ROOT = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "cluster-admin"},
}
KEYS = {"part": "pod", "failure": "fail", "ttl": None}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"injections": None},
        {"injections": [{**FORGED["injections"][0], "namespace": {}}]},
        {"injections": [{**FORGED["injections"][0], "container": {"name": 5}}]},
        {"injections": FORGED["injections"] * 300},
        {"objects": [{**KEYS, "manifest": ROOT}]},
        {"objects": [{**KEYS, "manifest": {**ROOT, "metadata": []}}]},
        {"objects": [{**KEYS, "manifest": ROOT, "ttl": "9" * 400 + "h"}]},
        {"objects": [{**KEYS, "manifest": ROOT, "part": []}]},
        {"participants": "x"},
        {"operations": []},
    ],
)
def test_beside_a_forged_session_others_end_and_pods_of_others_stay(tmp_path, changes):
    """The forged one has ended, and says that a container which somebody's own pod holds is its own and to be taken away."""
    cluster = Cluster(tmp_path)
    Session(cluster, "real").recorded(("ConfigMap", "")).makes("ConfigMap")
    spec = {"containers": [{"name": "app"}], "ephemeralContainers": [{"name": "debugger", "image": "x"}]}
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "r", "controller": True}
    metadata = {"name": "web-0", "namespace": "shop", "ownerReferences": [owner]}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    forged = Session(cluster)
    forged.payload = json.dumps({**json.loads(forged.payload), "debug": {**FORGED, **changes}})
    forged.recorded(("Pod", "web"))
    swept(cluster)
    assert cluster.deleted == ["ConfigMap bg-real"]
