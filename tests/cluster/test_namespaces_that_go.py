"""Namespaces with grants in them that are deleted, hang in their deletion, and are made again within the window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.faulty_stage import CLUSTER, RBAC, FaultyStage
from tests.cluster.harness.becoming import eventually, settled

REQUESTED = """\
apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata: {{name: {name}}}
spec:
  approval: {{required: true, approvers: [lead@example.com]}}
  policy: [{{namespace: {namespace}, rules: [{{apiGroups: [""], resources: [configmaps], verbs: [get, list]}}]}}]
  schedule: {{duration: 30m}}
"""
SHOP, CART = "shop", "cart"
PEOPLE = ["before", "revoked", "meanwhile", "beside"]


class NamespacedStage(FaultyStage):
    """One installed cluster on which each of `people` may read the config maps of a namespace."""

    def policy(self, groups: dict[str, list[str]]) -> None:
        super().policy({**groups, "operations": groups["developers"], "sre-leads": groups["team-leads"]})

    def asks(self, name: str, namespace: str) -> None:
        what = f"{CLUSTER}/{name}"
        self.world.person(name).requests(what, REQUESTED.format(name=name, namespace=namespace))
        self.world.person("lead").approves(what, "go ahead")
        self.world.merge(what)

    def reads(self, name: str, namespace: str) -> bool:
        settled(self.admin)
        return self.users(f"{name}@example.com").status("GET", f"/api/v1/namespaces/{namespace}/configmaps") == 200

    def bindings(self, namespace: str) -> list[str]:
        found = self.admin.must("GET", f"{RBAC}/namespaces/{namespace}/rolebindings")["items"]
        return [each["metadata"]["name"].split("-")[1] for each in found if each["metadata"]["name"].startswith("bg-")]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NamespacedStage]:
    stage = NamespacedStage(tmp_path_factory.mktemp("namespaces"), PEOPLE)
    for name in (SHOP, CART):
        stage.admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    stage.install()
    yield stage
    stage.close()


def test_a_namespace_takes_the_grants_in_it_along_and_neither_its_deletion_nor_its_return_stops_anybody(stage):
    for name in ("before", "revoked"):
        stage.asks(name, SHOP)
    stage.reconcile()
    assert stage.reads("before", SHOP)
    held = f"/api/v1/namespaces/{SHOP}/configmaps"
    stage.admin.must("POST", held, {"metadata": {"name": "held", "finalizers": ["example.com/holds"]}})
    stage.admin.must("DELETE", f"/api/v1/namespaces/{SHOP}")
    # Its deletion hangs, but all else in it goes.
    eventually(lambda: stage.bindings(SHOP) == [])
    assert not stage.reads("before", SHOP)
    stage.asks("meanwhile", SHOP)
    stage.asks("beside", CART)
    said = reconciled(stage, code=6)
    assert "because it is being terminated (the namespace is being deleted: wait until it is gone" in said
    assert "Role shop/bg-before-" in said and "it was made and somebody took it away; it is not made again" in said
    assert stage.reads("beside", CART)
    stage.sweep()
    # Now it is gone.
    stage.admin.must("PATCH", f"{held}/held", {"metadata": {"finalizers": None}})
    eventually(lambda: stage.admin.status("GET", f"/api/v1/namespaces/{SHOP}") == 404)
    assert 'namespaces "shop" not found' in reconciled(stage, code=6)
    stage.run("revoke", f"{CLUSTER}/revoked")
    stage.sweep()
    assert "endedAt" in stage.record("revoked")["status"]
    # And there again, whoever made it: what was made once stays away, what never came about is made.
    stage.admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": SHOP}})
    reconciled(stage)
    assert stage.bindings(SHOP) == ["meanwhile"]
    assert [stage.reads(name, SHOP) for name in ("before", "meanwhile")] == [False, True]


def reconciled(stage: NamespacedStage, code: int = 0) -> str:
    return str(stage.run("reconcile", "--key", str(stage.folder / "signing-key"), code=code).stdout)
