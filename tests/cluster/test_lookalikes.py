"""What looks like a grant's access on a real API server: told by plan, reconcile and status, and left as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, RBAC, RBAC_GROUP
from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.cluster.reconcile_stage import granted, run, two_clusters

BINDINGS = f"/apis/{RBAC}/clusterrolebindings"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = two_clusters(tmp_path_factory.mktemp("alike"), ["same"])
    yield stage
    stage.close()


def bound(role: str, who: str, name: str) -> dict[str, object]:
    ref = {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": role}
    subject = {"apiGroup": RBAC_GROUP, "kind": "User", "name": who}
    return {"metadata": {"name": name}, "roleRef": ref, "subjects": [subject]}


@pytest.mark.threat("D3")
def test_access_like_a_grants_is_told_in_every_command_and_in_the_exit_code_and_stays(stage):
    stage.admin.must("POST", BINDINGS, bound("cluster-admin", "same@example.com", "stood-before"))
    granted(stage, "same")
    assert (
        json.loads(stage.run("status", "--cluster", CLUSTER, "--format", "json").stdout)["clusters"][0]["findings"]
        == []
    )
    stage.admin.must("POST", BINDINGS, bound("cluster-admin", "same@example.com", "came-with-it"))
    role = stage.role("same").rpartition("/")[2]
    with stage.unguarded():
        stage.admin.must("POST", BINDINGS, bound(role, "friend@example.com", "friend"))
        stray = {"metadata": {"name": "theirs", "labels": {MANAGED_BY: MANAGER}}, "rules": []}
        stage.admin.must("POST", f"/apis/{RBAC}/clusterroles", stray)
    same = f"it gives same@example.com what the grant {CLUSTER}/same gives on the whole cluster, and has no end"
    for command in ("plan", "status"):
        said = stage.run(command, "--cluster", CLUSTER, "--format", "json", code=3).stdout
        found = json.loads(said)["clusters"][0]
        told = [each["message"] for each in found.get("findings", found.get("plan", {}).get("findings", []))]
        assert told == [
            f"{CLUSTER}: ClusterRole theirs: it carries our label, and we did not make it",
            f"{CLUSTER}: ClusterRoleBinding came-with-it: {same}",
            f"{CLUSTER}: ClusterRoleBinding friend: it binds friend@example.com to ClusterRole {role} of a grant",
        ]
    assert "look-alike" in run(stage, code=3)
    assert "look-alike" in stage.run("status", "--cluster", CLUSTER, code=3).stdout
    for name in ("stood-before", "came-with-it", "friend"):
        stage.admin.must("GET", f"{BINDINGS}/{name}")
    for name in ("came-with-it", "friend"):
        stage.admin.must("DELETE", f"{BINDINGS}/{name}")
    stage.admin.must("DELETE", f"/apis/{RBAC}/clusterroles/theirs")
    stage.run("status", "--cluster", CLUSTER)
