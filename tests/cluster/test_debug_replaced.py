"""A pod that is replaced on the way from the pull request to the cluster: what approvers saw is what gets the container."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.debug_calls import ALL_WAYS, PodAt, calls, shut_out
from tests.cluster.forge_stage import OnCluster
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import eventually, settled
from tests.cluster.harness.kubelet import Kubelet
from tests.cluster.harness.world import World
from tests.forges.github_stage import GithubStage

TEMPLATE = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DebugSessionTemplate
metadata: {name: into-pods}
spec:
  mode: kubectl-debug
  kubectlDebug:
    ephemeralContainers: {enabled: true, allowedNamespaces: ["app-*"], allowedImages: ["busybox:*"]}
    podCopy: {enabled: true, ttl: 1h}
  allowed: {clusters: [prod], groups: [developers]}
  approvers: {groups: [team-leads]}
  constraints: {maxDuration: 2h, defaultDuration: 30m}
"""


class Replaced:
    """A cluster at a fake GitHub, with a pod `web-0` of others that can be replaced under its name."""

    def __init__(self, folder: Path) -> None:
        """Start everything."""
        self.on = OnCluster(folder, GithubStage, {"policies/debug.yaml": TEMPLATE})
        place = folder / "kubelet"
        place.mkdir()
        self.kubelet = Kubelet(self.on.server, self.on.users, place, "node-1", runs=True)
        self.world = World(self.on.users.admin, "node-1")
        self.alice: Actor = self.on.users("alice@example.com")

    def place(self) -> str:
        """A namespace with the pod."""
        namespace = self.world.namespace("app")
        self.world.pod(namespace)
        return namespace

    def replace(self, namespace: str) -> None:
        """Let the pod go and another one of its name come."""
        path = f"/api/v1/namespaces/{namespace}/pods/web-0"
        self.world.admin.must("DELETE", f"{path}?gracePeriodSeconds=0")
        eventually(lambda: self.world.admin.status("GET", path) == 404)
        self.world.pod(namespace)

    def proposes(self, name: str, operation: dict[str, Any], *, sees: bool) -> str:
        """Have a request proposed and judged by the gate, which comments; what it said."""
        spec = {
            "templateRef": "into-pods",
            "cluster": "prod",
            "requestedDuration": "30m",
            "reason": "INC-1234: connections to the shop time out",
            "operations": [operation],
        }
        head = {"apiVersion": "breakglass.t-caas.telekom.com/v1alpha1", "kind": "DebugSession"}
        content = json.dumps({**head, "metadata": {"name": name}, "spec": spec})
        self.on.forge.alice.requests(f"prod/{name}", content)
        number = str(self.on.forge.changes[f"prod/{name}"])
        words = ("--cluster", "prod") if sees else ()
        token = self.on.forge.commenter()
        said = self.on.run("gate", "--change", number, "--comment", *words, token=token, sees=sees)
        assert said.exit_code == 3, said.output
        return said.output

    def lands(self, name: str) -> None:
        """Have it approved and merged."""
        self.on.forge.ben.approves(f"prod/{name}", "INC-1234: go ahead")
        self.on.forge.ben.merges(f"prod/{name}")

    def reconciles(self) -> str:
        """Reconcile with the forge; what was said."""
        words = ("--cluster", "prod", "--key", str(self.on.folder / "reconciler"))
        result = self.on.run("reconcile", *words, token=self.on.forge.commenter(), sees=True)
        settled(self.world.admin)
        return result.output

    def injected(self, namespace: str) -> list[PodAt]:
        """The ephemeral containers of the pod."""
        spec = self.world.admin.must("GET", f"/api/v1/namespaces/{namespace}/pods/web-0")["spec"]
        return [PodAt(namespace, "web-0", each["name"]) for each in spec.get("ephemeralContainers", ())]

    def close(self) -> None:
        """Stop everything."""
        self.world.close()
        self.kubelet.close()
        self.on.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replaced]:
    """One cluster and one forge for all of them."""
    stage = Replaced(tmp_path_factory.mktemp("replaced"))
    yield stage
    stage.close()


def injection(namespace: str) -> dict[str, Any]:
    return {"ephemeralContainer": {"namespace": namespace, "pod": "web-0", "image": "busybox:1.36"}}


def a_copy(namespace: str) -> dict[str, Any]:
    return {"podCopy": {"namespace": namespace, "pod": "web-0"}}


@pytest.mark.parametrize("when", ["before-merge", "after-merge"])
@pytest.mark.parametrize("operation", [injection, a_copy], ids=["container", "copy"])
@pytest.mark.not_even_once
def test_a_pod_that_was_shown_and_is_replaced_is_left_alone(stage: Replaced, when: str, operation: Any) -> None:
    namespace = stage.place()
    name = f"{operation.__name__.replace('_', '-')}-{when}"
    stage.proposes(name, operation(namespace), sees=True)
    if when == "before-merge":
        stage.replace(namespace)
    stage.lands(name)
    if when == "after-merge":
        stage.replace(namespace)
    pods = f"/api/v1/namespaces/{namespace}/pods"
    before = stage.world.snapshot(pods)
    said = stage.reconciles()
    assert f"granted   prod/{name}" not in said
    assert "web-0" in said or "showed something else" in said, said
    assert stage.injected(namespace) == []
    assert stage.world.snapshot(pods) == before
    shut_out(stage.alice, [PodAt(namespace, "web-0", "main")])


def test_a_pod_that_is_still_the_one_that_was_shown_gets_its_container(stage: Replaced) -> None:
    namespace = stage.place()
    stage.proposes("same-pod", injection(namespace), sees=True)
    stage.lands("same-pod")
    said = stage.reconciles()
    assert "granted   prod/same-pod" in said, said
    (container,) = stage.injected(namespace)
    assert calls(stage.alice, container) == ALL_WAYS


def test_where_no_cluster_was_seen_it_is_the_name_that_counts_and_that_is_said(stage: Replaced) -> None:
    namespace = stage.place()
    shown = stage.proposes("by-name", injection(namespace), sees=False)
    assert "what is approved is approved by the names in the file" in shown, shown
    stage.replace(namespace)
    stage.lands("by-name")
    said = stage.reconciles()
    assert "granted   prod/by-name" in said, said
    (container,) = stage.injected(namespace)
    assert calls(stage.alice, container) == ALL_WAYS
