"""Debug sessions under fence and guard: Kubernetes' own parts go on working, and what is let through does what it is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from gitops_breakglass.model.enforcement import MARKER_GROUP, MARKER_RESOURCE, MARKER_VERB, SESSION_MARKER
from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, RBAC, RBAC_GROUP, REQUEST
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import eventually, settled
from tests.cluster.harness.kubelet import Kubelet
from tests.cluster.harness.world import World
from tests.cluster.install_fixture import Installed
from tests.cluster.session_place import (
    STRATEGIC,
    a_container,
    a_pod,
    a_workload,
    apps,
    core,
    injected,
    made,
    others_pod,
    place,
)
from tests.cluster.witness_stage import Stage, ours


@pytest.fixture
def stage(installed: Installed) -> Iterator[Stage]:
    stage = Stage(installed.admin, installed.reconciler, installed.sweeper, "")
    yield stage
    stage.close()


def pods_of(stage: Stage, space: str) -> list[dict[str, Any]]:
    return stage.admin.must("GET", core(space, "pods"))["items"]


def gone(stage: Stage, path: str) -> bool:
    return stage.admin.status("GET", path) == 404


def test_a_deployments_pods_come_with_its_marks_and_are_replaced_and_go_with_it(stage: Stage):
    space = place(stage)
    path = made(stage, apps(space, "deployments"), a_workload(replicas=2))
    first = eventually(lambda: len(found := pods_of(stage, space)) == 2 and found, "no pods came")
    sets = stage.admin.must("GET", apps(space, "replicasets"))["items"]
    marks = {MANAGED_BY: MANAGER, REQUEST: "0" * 32}
    for each in (*first, *sets):
        assert marks.items() <= each["metadata"]["labels"].items()
        assert "gitops-breakglass.dev/expires-at" in each["metadata"]["annotations"]
    stage.sweeper.must("DELETE", core(space, "pods", first[0]["metadata"]["name"]))
    uids = {each["metadata"]["uid"] for each in first}
    eventually(lambda: {each["metadata"]["uid"] for each in pods_of(stage, space)} - uids, "no pod came in its place")
    stage.sweeper.must("DELETE", path)
    eventually(lambda: not pods_of(stage, space) and gone(stage, path), "what it made stays")
    eventually(lambda: not stage.admin.must("GET", apps(space, "replicasets"))["items"], "its replica set stays")


def test_a_daemon_sets_pods_come_on_each_node(stage: Stage, installed_kubelet: Kubelet):
    space = place(stage)
    path = made(stage, apps(space, "daemonsets"), a_workload())
    eventually(lambda: pods_of(stage, space), "no pod came")
    stage.reconciler.must("DELETE", path)
    eventually(lambda: not pods_of(stage, space), "its pods stay")


def test_a_deployment_that_is_deleted_in_the_foreground_goes_too(stage: Stage):
    space = place(stage)
    path = made(stage, apps(space, "deployments"), a_workload(replicas=1))
    eventually(lambda: pods_of(stage, space), "no pod came")
    stage.reconciler.must("DELETE", path, {"propagationPolicy": "Foreground"})
    eventually(lambda: gone(stage, path), "its deletion does not end")


def test_a_pod_of_a_session_is_put_onto_a_node_runs_and_ends(
    stage: Stage, installed: Installed, installed_world: World
):
    space = place(stage)
    path = made(stage, core(space, "pods"), a_pod())
    scheduler = installed.users("system:kube-scheduler")
    target = {"apiVersion": "v1", "kind": "Node", "name": installed_world.node}
    name = path.rpartition("/")[2]
    scheduler.must("POST", f"{path}/binding", {"metadata": {"name": name}, "target": target})
    running = installed_world.run_pod(stage.admin.must("GET", path))
    assert running["status"]["phase"] == "Running"
    stage.sweeper.must("DELETE", path)
    eventually(lambda: gone(stage, path), "the pod stays")


def test_a_namespace_of_a_session_ends_with_all_that_is_in_it(stage: Stage):
    name = place(stage).replace("debug-", "debug-own-")
    stage.reconciler.must("POST", "/api/v1/namespaces", {"metadata": ours(name)})
    stage.admin.request("POST", core(name, "serviceaccounts"), {"metadata": {"name": "default"}})
    made(stage, apps(name, "deployments"), a_workload(replicas=1))
    eventually(lambda: pods_of(stage, name), "no pod came")
    stage.sweeper.must("DELETE", f"/api/v1/namespaces/{name}")
    eventually(lambda: gone(stage, f"/api/v1/namespaces/{name}"), "the namespace stays")


def test_objects_of_others_that_have_our_prefix_since_before_go_on(stage: Stage, installed: Installed):
    """A controller's pods are named after what controls them; nobody can make such a thing once the guard is there."""
    space = place(stage)
    stage.admin.must("POST", apps(space, "statefulsets"), _stateful("bg-store"))
    eventually(lambda: [each["metadata"]["name"] for each in pods_of(stage, space)] == ["bg-store-0"], "no pod came")


def _stateful(name: str) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": a_pod()["spec"]}
    spec = {"selector": {"matchLabels": labels}, "serviceName": name, "replicas": 1, "template": template}
    return {"metadata": {"name": name}, "spec": spec}


def test_injecting_changes_nothing_else_of_the_pod(stage: Stage):
    path = others_pod(stage, place(stage, "app"), labels={"app": "web"})
    before = stage.admin.must("GET", path)
    spec = {
        "ephemeralContainers": [a_container()],
        "activeDeadlineSeconds": 1,
        "containers": [{"name": "debug", "image": "example.com/mine:1"}],
    }
    patch = {"metadata": {"labels": {"app": "mine"}, "annotations": {"a": "b"}, "finalizers": ["a.b/c"]}, "spec": spec}
    stage.reconciler.must("PATCH", f"{path}/ephemeralcontainers", patch, STRATEGIC)
    after = stage.admin.must("GET", path)
    (added,) = after["spec"].pop("ephemeralContainers")
    assert added["name"] == a_container()["name"]
    for each in (before, after):
        for field in ("resourceVersion", "managedFields", "generation"):
            each["metadata"].pop(field, None)
    assert after == before


@pytest.fixture
def entering(stage: Stage, installed: Installed, installed_world: World) -> Entering:
    """A running pod of others with a session's container beside its own."""
    space = installed_world.namespace("app")
    installed_world.pod(space, "web-0")
    pod = core(space, "pods", "web-0")
    assert injected(stage, pod, a_container()).status == 200
    return Entering(stage, installed, space)


def test_a_session_lets_into_its_own_container_and_not_into_the_application(entering: Entering):
    person = entering.person(OWN)
    for way in WAYS:
        assert entering.enters(person, way, OWN)
        for refused in ("main", ""):
            assert not entering.enters(person, way, refused)


def test_a_session_does_not_let_into_what_another_one_left_in_the_pod(entering: Entering):
    """It may have more rights than this session's template gives, and be there long after its own session's end."""
    others = "bg-other-0"
    left = a_container(others, "bg-other")
    assert injected(entering.stage, core(entering.space, "pods", "web-0"), left).status == 200
    person = entering.person(OWN)
    for way in WAYS:
        assert entering.enters(person, way, OWN)
        assert not entering.enters(person, way, others)


def test_each_of_two_sessions_in_one_pod_lets_into_its_own_container_alone(entering: Entering):
    assert injected(entering.stage, core(entering.space, "pods", "web-0"), a_container(LONGER, LONGER)).status == 200
    opened = {(OWN,): {OWN}, (LONGER,): {LONGER}, (OWN, LONGER): {OWN, LONGER}}
    people = {containers: entering.person(*containers) for containers in opened}
    for way in WAYS:
        tried = {
            containers: {each for each in ("main", "", OWN, LONGER) if entering.enters(person, way, each)}
            for containers, person in people.items()
        }
        assert tried == opened


def test_other_grants_and_standing_rights_let_in_as_ever(entering: Entering, installed_world: World):
    granted, colleague = entering.person(), entering.installed.users.fresh()
    installed_world.grant(entering.space, colleague.name, INTO_PODS)
    for person in (granted, colleague):
        assert all(entering.enters(person, way, container) for way in WAYS for container in ("main", OWN))


OWN = a_container()["name"]
LONGER = f"{OWN}-abcdef0123-0"
"""Of a session whose name begins with all of the other one's container, as its request's may be chosen."""
WAYS = ("exec", "spdy", "attach")
INTO_PODS = {"apiGroups": [""], "resources": ["pods/exec", "pods/attach"], "verbs": ["create", "get"]}


def marking(container: str) -> dict[str, Any]:
    """The right that gives nothing and says whose container this is."""
    names = [container, SESSION_MARKER]
    return {"apiGroups": [MARKER_GROUP], "resources": [MARKER_RESOURCE], "resourceNames": names, "verbs": [MARKER_VERB]}


@dataclass
class Entering:
    stage: Stage
    installed: Installed
    space: str

    def person(self, *containers: str) -> Actor:
        """Somebody whom grants let into the pod: one of a debug session for each of these containers, or one of none."""
        person = self.installed.users.fresh()
        into = {**INTO_PODS, "resourceNames": ["web-0"]}
        for rules in [[into, marking(each)] for each in containers] or [[into]]:
            self._grant(person, rules)
        settled(self.stage.admin)
        return person

    def _grant(self, person: Actor, rules: list[dict[str, Any]]) -> None:
        granted, rbac = ours(), f"/apis/{RBAC}/namespaces/{self.space}"
        subject = {"kind": "User", "apiGroup": RBAC_GROUP, "name": person.name}
        self.stage.reconciler.must("POST", f"{rbac}/roles", self.stage.role(granted, rules=rules))
        bound = self.stage.binding(granted, role=granted["name"], subjects=[subject])
        self.stage.reconciler.must("POST", f"{rbac}/rolebindings", bound)

    def enters(self, person: Actor, way: str, container: str) -> bool:
        """Whether the person gets there; who is refused is told by which guard."""
        if way == "attach":
            found = person.attach(self.space, "web-0", container)
        else:
            found = person.exec(self.space, "web-0", container, spdy=way == "spdy")
        if not found.arrived:
            assert found.status == 403, found
            assert "a debug session gives its own container of this pod and no other" in found.message
        return found.arrived
