"""A cluster behind a real API server does what every cluster does, and some things that only a server can."""

import threading
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.model.errors import ConflictError, RefusedError
from gitops_breakglass.model.kube import ObjectKey, key_of
from gitops_breakglass.model.policy import ClusterRole, KubernetesTarget, RoleBinding
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.rules import ApiResource, PolicyRule
from tests.cluster.contract_place import CRDS, PAGE, install_crds, placed, reached
from tests.cluster.harness.becoming import eventually
from tests.contract.cluster.suite import ClusterContract


@pytest.fixture(scope="module")
def installed(admin):
    install_crds(admin)


@pytest.fixture
def cluster(installed, user):
    with reached(user.admin) as cluster:
        yield cluster


@pytest.fixture
def place(cluster, admin, namespace):
    with placed(cluster, admin, namespace) as place:
        yield place


class TestKubernetes(ClusterContract):
    """The contract on an API server."""


def test_the_time_is_the_server_s_and_how_far_it_is_ahead_of_ours_is_told(installed, user):
    class Late(SystemClock):
        def now(self):
            return datetime.now(UTC) - timedelta(minutes=5)

    with reached(user.admin, clock=Late()) as cluster:
        assert cluster.skew is None
        assert abs(cluster.read().now - datetime.now(UTC)) < timedelta(minutes=1)
        assert abs(cluster.skew - timedelta(minutes=5)) < timedelta(minutes=1)


def test_the_uid_is_that_of_the_namespace_kube_system(cluster, admin):
    assert cluster.read().uid == admin.must("GET", "/api/v1/namespaces/kube-system")["metadata"]["uid"]


def test_a_run_lists_and_gets_nothing_one_by_one(place, installed, user):
    for number in range(PAGE):
        place.cluster.create(place.role(f"n{number}"))
    with KubernetesCluster("test", KubernetesTarget(str(user.admin.kubeconfig)), page=100_000) as cluster:
        cluster.read()
        # One list a kind, and one namespace for time and uid.
        assert cluster.calls == {"get": 1, "list": 23}


def test_only_lists_of_several_pages_are_read_in_several_calls(place):
    before = place.cluster.calls["list"]
    for number in range(2 * PAGE + 1):
        place.cluster.create(place.role(f"n{number}"))
    assert len(place.mine()) == 2 * PAGE + 1
    assert place.cluster.calls["list"] - before >= 22 + 2


def test_roles_and_bindings_of_others_are_told_without_ours(place, namespace, world):
    where = namespace()
    place.cluster.create(place.role(namespace=where))
    rbac = place.cluster.rbac()
    rules = (PolicyRule(verbs=("get",), api_groups=("",), resources=("configmaps",)),)
    binding = RoleBinding("bystander", "Role", "bystander", (Subject("User", "bystander@example.com"),), where)
    assert [role for role in rbac.roles if role.namespace == where] == [ClusterRole("bystander", rules, where)]
    here = [each for each in rbac.bindings if each.namespace == where]
    assert [replace(each, created=None, uid="") for each in here] == [binding]
    assert all(each.created and each.uid for each in here)
    assert "cluster-admin" in {role.name for role in rbac.roles if not role.namespace}
    masters = RoleBinding("cluster-admin", "ClusterRole", "cluster-admin", (Subject("Group", "system:masters"),))
    assert masters in [replace(each, created=None, uid="") for each in rbac.bindings]


def test_what_is_served_is_told_in_two_calls(cluster, user):
    # Of a kind that was just defined this is told a moment after it is served.
    with reached(user.admin) as other:
        eventually(lambda: "grants/status" in {each.name for each in other.discovery().resources})
    served = {(each.group, each.name): each for each in cluster.discovery().resources}
    assert cluster.calls == {"discover": 2}
    verbs = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
    assert served["", "pods"] == ApiResource("", "pods", verbs, namespaced=True)
    assert served["", "pods/exec"] == ApiResource("", "pods/exec", ("create", "get"), namespaced=True)
    assert served["", "nodes"].namespaced is False
    assert ("apps", "deployments/scale") in served
    assert ("access.gitops-breakglass.dev", "grants/status") in served


def test_the_two_ways_of_asking_what_is_served_agree(cluster):
    from gitops_breakglass.adapters.cluster.connection import Call
    from gitops_breakglass.adapters.cluster.discovery import discovery_of, served

    def old(path, _accept):
        return cluster._call(Call("discover", "GET", path, "ask")).body

    # Other tests define kinds of their own meanwhile.
    eventually(lambda: discovery_of(served(old)) == cluster.discovery(), "they do not agree")


def test_objects_of_any_kind_can_be_made_and_ended(place):
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": place.metadata(namespace=place.namespaces[0])}
    live = place.cluster.create({**config, "data": {"a": "b"}})
    assert place.cluster.get(live.key).manifest["data"] == {"a": "b"}
    place.cluster.delete(live)
    assert place.cluster.get(live.key) is None


def test_a_kind_that_is_installed_later_is_found(cluster, admin, world):
    stem = f"x{uuid.uuid4().hex[:8]}"
    group, kind = f"{stem}.example.com", "Gadget"
    key = ObjectKey(f"{group}/v1", kind, "default", "one")
    assert cluster.get(key) is None
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    names = {"plural": "gadgets", "singular": "gadget", "kind": kind}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [version]}
    head = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    world.make(CRDS, {**head, "metadata": {"name": f"gadgets.{group}"}, "spec": spec})
    eventually(lambda: admin.status("GET", f"/apis/{group}/v1/gadgets") == 200)
    thing = {"apiVersion": key.api_version, "kind": kind, "metadata": {"name": "one", "namespace": "default"}}
    eventually(lambda: _made(cluster, thing))
    assert cluster.get(key) is not None


@pytest.mark.not_even_once
def test_many_threads_write_at_a_time_and_each_gets_its_own_object(place):
    wanted = [place.role(f"n{number}") for number in range(100)]
    created = ThreadPool().map(place.cluster.create, wanted)
    assert [live.key for live in created] == [key_of(each) for each in wanted]
    ThreadPool().map(place.cluster.delete, created)
    assert place.mine() == {}


@pytest.mark.not_even_once
def test_a_list_that_someone_writes_into_between_the_pages_is_whole(place):
    keys = {place.cluster.create(place.role(f"n{number}")).key for number in range(20)}
    stop = threading.Event()

    def write():
        number = 100
        while not stop.is_set():
            live = place.cluster.create(place.role(f"n{number}"))
            place.cluster.delete(live)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            assert keys <= set(place.mine())
    finally:
        stop.set()
        writer.join()


def test_a_deletion_with_a_finalizer_leaves_an_object_that_says_so(place):
    live = place.cluster.create(place.role(finalizers=["example.com/hold"]))
    place.cluster.delete(live)
    assert place.cluster.get(live.key).manifest["metadata"]["deletionTimestamp"]
    # Emptying it is how its access ends while it still stands.
    there = place.cluster.get(live.key)
    emptied = place.cluster.replace(there, {**there.manifest, "rules": []})
    assert not emptied.manifest["rules"]


def _made(cluster, manifest):
    try:
        cluster.create(manifest)
    except RefusedError:
        return False
    except ConflictError:
        return True
    return True
