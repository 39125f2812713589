"""An ephemeral container is added to exactly the pod that was seen, once, and told apart from what others put there."""

import uuid

import pytest

from gitops_breakglass.adapters.cluster.connection import Call
from gitops_breakglass.adapters.cluster.injecting import injection
from gitops_breakglass.model.errors import ConflictError, GoneError, RefusedError, UnreachableError
from gitops_breakglass.model.kube import ObjectKey
from tests.cluster.contract_place import reached


@pytest.fixture
def cluster(user):
    with reached(user.admin) as cluster:
        yield cluster


@pytest.fixture
def pod(cluster, namespace, world):
    where = namespace()
    world.pod(where, "web")
    return cluster.get(ObjectKey("v1", "Pod", where, "web"))


def container(**more):
    name = f"bg-look-{uuid.uuid4().hex[:10]}"
    return {"name": name, "image": "busybox:1", "command": ["sh"], "stdin": True, "tty": True, **more}


def injected(pod):
    return [each["name"] for each in pod.manifest["spec"].get("ephemeralContainers") or ()]


def made_anew(admin, cluster, world, pod):
    admin.must("DELETE", f"/api/v1/namespaces/{pod.key.namespace}/pods/web", {"gracePeriodSeconds": 0})
    world.pod(pod.key.namespace, "web")
    return cluster.get(pod.key)


def test_a_container_is_added_to_a_running_pod_and_nothing_else_changes(cluster, pod):
    wanted = container(targetContainerName="main")
    after = cluster.inject(pod, wanted)
    assert (after.key, after.uid, injected(after)) == (pod.key, pod.uid, [wanted["name"]])
    added = dict(after.manifest["spec"].pop("ephemeralContainers")[0])
    assert {name: added[name] for name in wanted} == wanted
    assert after.manifest["spec"] == pod.manifest["spec"]


def test_a_second_one_of_the_same_comes_to_nothing(cluster, pod):
    wanted = container()
    first = cluster.inject(pod, wanted)
    again = cluster.inject(pod, wanted)
    assert injected(again) == [wanted["name"]]
    assert again.manifest["metadata"]["generation"] == first.manifest["metadata"]["generation"]


def test_two_of_different_names_stand_beside_each_other(cluster, pod):
    one, two = container(), container()
    cluster.inject(pod, one)
    assert sorted(injected(cluster.inject(pod, two))) == sorted([one["name"], two["name"]])


def test_another_container_of_the_name_is_a_conflict_and_stays(cluster, pod):
    wanted = container()
    before = cluster.inject(pod, wanted)
    with pytest.raises(ConflictError, match="another container of the name"):
        cluster.inject(pod, {**wanted, "image": "busybox:2"})
    assert cluster.get(pod.key).manifest["spec"] == before.manifest["spec"]


def test_a_pod_that_was_replaced_is_another_one(cluster, pod, user, world):
    anew = made_anew(user.admin, cluster, world, pod)
    assert anew.uid != pod.uid
    with pytest.raises(GoneError, match="replaced by another pod"):
        cluster.inject(pod, container())
    assert injected(cluster.get(pod.key)) == []


def test_a_pod_that_is_not_there_is_gone(cluster, pod, user):
    user.admin.must("DELETE", f"/api/v1/namespaces/{pod.key.namespace}/pods/web", {"gracePeriodSeconds": 0})
    with pytest.raises(GoneError, match="not there any more"):
        cluster.inject(pod, container())


def test_the_api_server_itself_holds_to_the_uid_of_the_patch(cluster, pod, user, world):
    # The pod is replaced after it was looked at and before it is patched: nothing but the call itself can tell.
    path = f"/api/v1/namespaces/{pod.key.namespace}/pods/web"
    made_anew(user.admin, cluster, world, pod)
    with pytest.raises(ConflictError):
        cluster._call(injection(path, pod, container()))
    assert injected(cluster.get(pod.key)) == []


def test_an_injection_whose_answer_is_lost_is_read_back_and_not_repeated(cluster, pod):
    wanted = container()
    calls = []

    class Lossy:
        """The connection, but that the answer to a patch never comes."""

        def call(self, call: Call):
            answer = real.call(call)
            calls.append(call.method)
            if call.method == "PATCH":
                raise UnreachableError("no answer", hint="")
            return answer

        calls = property(lambda self: real.calls)

        def close(self):
            real.close()

    real, cluster._connection = cluster._connection, Lossy()
    assert injected(cluster.inject(pod, wanted)) == [wanted["name"]]
    assert calls == ["GET", "PATCH", "GET"]


def test_what_the_api_server_holds_for_no_container_is_refused(cluster, pod):
    with pytest.raises(RefusedError):
        cluster.inject(pod, container(ports=[{"containerPort": 80}]))
    assert injected(cluster.get(pod.key)) == []
