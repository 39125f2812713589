"""The harness's nodes: controllers' pods come onto those that fit them, run there, and end as on a machine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.cluster.harness.becoming import eventually
from tests.cluster.harness.kubelet import Kubelet
from tests.cluster.harness.running import MISSING
from tests.cluster.harness.scheduler import Scheduler
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.streams import Channels
from tests.cluster.harness.users import Users
from tests.cluster.harness.world import World

MASTER = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
SLEEPS = [{"name": "main", "image": "example.com/tools:1", "command": ["sleep", "infinity"]}]


class Nodes:
    """A server with three nodes: `edge-1` has a label, `edge-2` too and a taint, `plain` neither."""

    def __init__(self, server: ApiServer, users: Users) -> None:
        """Join the nodes and begin to schedule."""
        self.admin = users.admin
        edge = {"zone": "edge"}
        kinds: dict[str, dict[str, Any]] = {
            "edge-1": {"labels": edge},
            "edge-2": {"labels": edge, "taints": [MASTER]},
            "plain": {"stubborn": True},
        }
        self.kubelets = {}
        for name, settings in kinds.items():
            folder = server.folder / name
            folder.mkdir()
            self.kubelets[name] = Kubelet(server, users, folder, name, runs=True, **settings)
        self.scheduler = Scheduler(users.admin)
        self.world = World(users.admin, "edge-1")

    def workload(self, kind: str, spec: Mapping[str, Any], **more: Any) -> str:
        """Make a Deployment or DaemonSet in a namespace of its own, which it returns."""
        namespace = self.world.namespace()
        labels = {"app": "tools"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": SLEEPS, **spec}}
        body = {
            "metadata": {"name": "tools"},
            "spec": {"selector": {"matchLabels": labels}, "template": template, **more},
        }
        self.admin.must("POST", f"/apis/apps/v1/namespaces/{namespace}/{kind}", body)
        return namespace

    def pods(self, namespace: str) -> list[dict[str, Any]]:
        """The workload's pods that are there and ready."""
        items = self.admin.must("GET", f"/api/v1/namespaces/{namespace}/pods?labelSelector=app=tools")["items"]
        return [each for each in items if {"type": "Ready", "status": "True"}.items() <= _ready(each).items()]

    def close(self) -> None:
        """Stop everything."""
        self.world.close()
        self.scheduler.close()
        for kubelet in self.kubelets.values():
            kubelet.close()


def _ready(pod: Mapping[str, Any]) -> dict[str, Any]:
    conditions = pod["status"].get("conditions", [])
    return next((each for each in conditions if each["type"] == "Ready"), {})


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("nodes")
    server = ApiServer.join(folder / "kube-apiserver")
    users = Users(server, folder)
    nodes = Nodes(server, users)
    yield nodes
    nodes.close()
    users.close()
    server.leave(wait=True)


def places(pods: list[dict[str, Any]]) -> set[str]:
    return {each["spec"]["nodeName"] for each in pods}


def test_pods_of_a_deployment_run_on_a_node_that_their_selector_fits(nodes: Nodes) -> None:
    namespace = nodes.workload("deployments", {"nodeSelector": {"zone": "edge"}}, replicas=2)
    assert places(eventually(lambda: len(found := nodes.pods(namespace)) == 2 and found)) == {"edge-1"}
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/tools"
    eventually(lambda: nodes.admin.must("GET", path)["status"].get("availableReplicas") == 2)


def test_a_pod_that_is_deleted_is_followed_by_another_one(nodes: Nodes) -> None:
    namespace = nodes.workload("deployments", {"nodeSelector": {"zone": "edge"}}, replicas=1)
    (first,) = eventually(lambda: nodes.pods(namespace))
    nodes.admin.must("DELETE", f"/api/v1/namespaces/{namespace}/pods/{first['metadata']['name']}")
    uid = first["metadata"]["uid"]
    (second,) = eventually(
        lambda: [
            each for each in nodes.pods(namespace) if len(nodes.pods(namespace)) == 1 and each["metadata"]["uid"] != uid
        ]
    )
    assert second["metadata"]["name"] != first["metadata"]["name"]


def test_a_daemon_set_has_a_pod_on_each_node_that_it_selects_and_tolerates(nodes: Nodes) -> None:
    edge = {"nodeSelector": {"zone": "edge"}}
    namespace = nodes.workload("daemonsets", edge)
    assert places(eventually(lambda: nodes.pods(namespace))) == {"edge-1"}
    tolerant = nodes.workload("daemonsets", {**edge, "tolerations": [{"operator": "Exists"}]})
    assert places(eventually(lambda: len(found := nodes.pods(tolerant)) == 2 and found)) == {"edge-1", "edge-2"}


def test_affinity_is_minded(nodes: Nodes) -> None:
    term = {"matchExpressions": [{"key": "zone", "operator": "DoesNotExist"}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    namespace = nodes.workload("deployments", {"affinity": {"nodeAffinity": required}})
    assert places(eventually(lambda: nodes.pods(namespace))) == {"plain"}


def test_a_pod_that_fits_nowhere_waits(nodes: Nodes) -> None:
    namespace = nodes.workload("deployments", {"nodeSelector": {"zone": "nowhere"}})
    path = f"/api/v1/namespaces/{namespace}/pods?labelSelector=app=tools"
    (pod,) = eventually(lambda: nodes.admin.must("GET", path)["items"])
    # The same scheduler has put this one onto a node by then.
    other = nodes.workload("deployments", {})
    eventually(lambda: nodes.pods(other))
    (pod,) = nodes.admin.must("GET", path)["items"]
    assert "nodeName" not in pod["spec"]


def test_an_image_that_is_missing_keeps_its_pod_waiting(nodes: Nodes) -> None:
    image = [{"name": "main", "image": f"{MISSING}tools:1"}]
    namespace = nodes.workload("deployments", {"containers": image})
    path = f"/api/v1/namespaces/{namespace}/pods?labelSelector=app=tools"
    eventually(lambda: [each for each in nodes.admin.must("GET", path)["items"] if "nodeName" in each["spec"]])
    eventually(lambda: nodes.admin.must("GET", path)["items"][0]["status"].get("containerStatuses"))
    assert nodes.pods(namespace) == []


def test_a_container_that_is_injected_runs_and_takes_streams(nodes: Nodes) -> None:
    namespace = nodes.world.namespace()
    nodes.world.pod(namespace)
    path = f"/api/v1/namespaces/{namespace}/pods/web-0"
    injected = {"spec": {"ephemeralContainers": [{"name": "debugger", "image": "busybox:1"}]}}
    nodes.admin.must("PATCH", f"{path}/ephemeralcontainers", injected, "application/strategic-merge-patch+json")
    (status,) = eventually(lambda: nodes.admin.must("GET", path)["status"].get("ephemeralContainerStatuses"))
    assert (status["name"], list(status["state"])) == ("debugger", ["running"])
    assert nodes.admin.exec(namespace, "web-0", "debugger").arrived
    (arrival,) = nodes.kubelets["edge-1"].arrived(namespace)
    assert arrival.container == "debugger"


@pytest.mark.parametrize(("grace", "least"), [(0, 0.0), (3, 1.5)])
def test_what_does_not_listen_is_killed_at_the_end_of_its_grace(nodes: Nodes, grace: int, least: float) -> None:
    namespace = nodes.world.namespace()
    nodes.world.pod(namespace, spec={"nodeName": "plain"})
    opened = nodes.admin.open_exec(namespace, "web-0")
    assert isinstance(opened, Channels)
    begun = time.monotonic()
    with opened:
        path = f"/api/v1/namespaces/{namespace}/pods/web-0"
        nodes.admin.must("DELETE", f"{path}?gracePeriodSeconds={grace}")
        assert opened.wait_closed(20)
    assert least <= time.monotonic() - begun
    eventually(lambda: nodes.admin.status("GET", path) == 404)
