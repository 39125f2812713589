"""The harness itself: what the other tests take for granted of the API server, the users and the kubelet is seen here."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import requests
from kubernetes import client, config

from tests.cluster.harness.actor import Actor, Answer
from tests.cluster.harness.becoming import becomes, eventually
from tests.cluster.harness.kubelet import Kubelet
from tests.cluster.harness.server import ApiServer
from tests.cluster.harness.streams import Channels, Lines
from tests.cluster.harness.users import Users
from tests.cluster.harness.world import BYSTANDER, World

with warnings.catch_warnings():
    # The library's own import still warns of what it will drop.
    warnings.simplefilter("ignore")
    from kubernetes.stream import stream


READ_CONFIGMAPS = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}
INTO_PODS = {
    "apiGroups": [""],
    "resources": ["pods/exec", "pods/attach", "pods/portforward"],
    "verbs": ["get", "create"],
}
READ_LOGS = {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}


def test_the_server_is_the_version_we_pin(admin: Actor) -> None:
    version = admin.must("GET", "/version")
    assert (version["gitVersion"], version["major"], version["minor"]) == ("v1.36.3", "1", "36")


@pytest.mark.parametrize("name", ["alice@example.com", "nobody-knows@example.com"], ids=["token", "certificate"])
def test_rights_come_with_the_binding_and_go_with_it(user: Users, world: World, name: str) -> None:
    namespace = world.namespace()
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    assert user(name).status("GET", path) == 403
    grant = world.grant(namespace, name, READ_CONFIGMAPS)
    becomes(200, lambda: user(name).status("GET", path))
    assert user(name).status("GET", f"/api/v1/namespaces/{namespace}/secrets") == 403
    binding = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings/{grant}"
    world.admin.must("DELETE", binding)
    becomes(403, lambda: user(name).status("GET", path))


def test_users_are_who_they_say_they_are(user: Users, namespace: Callable[..., str]) -> None:
    def self_review(actor: Actor) -> dict[str, Any]:
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        told = actor.must("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
        info: dict[str, Any] = told["status"]["userInfo"]
        return info

    everyone = ["system:authenticated"]
    assert self_review(user("alice@example.com"))["groups"] == everyone
    team = self_review(user("alice@example.com", ["team-a", "team-b"]))
    assert team["username"] == "alice@example.com"
    assert team["groups"] == ["team-a", "team-b", *everyone]
    robot = self_review(user.service_account(namespace(), "robot"))
    assert robot["username"].endswith(":robot")
    assert "system:serviceaccounts" in robot["groups"]
    assert user.anonymous().status("GET", "/api/v1/namespaces") in {401, 403}


def test_kubeconfigs_work_with_the_client_library(user: Users, world: World) -> None:
    namespace = world.namespace()
    actor = user.fresh("library")
    world.grant(namespace, actor.name, READ_CONFIGMAPS)
    with config.new_client_from_config(str(actor.kubeconfig)) as api:
        found = client.CoreV1Api(api).read_namespaced_config_map(BYSTANDER, namespace)
    assert found.data == {"whose": "others"}


@pytest.mark.parametrize("spdy", [False, True], ids=["websocket", "spdy"])
def test_exec_arrives_or_is_refused(user: Users, world: World, kubelet: Kubelet, *, spdy: bool) -> None:
    namespace = world.namespace()
    world.pod(namespace, "web-0")
    actor = user.fresh("exec")
    refused = actor.exec(namespace, "web-0", command=["cat", "/etc/passwd"], spdy=spdy)
    assert (refused.arrived, refused.status) == (False, 403)
    assert "pods/exec" in refused.message
    assert kubelet.arrived(namespace) == []

    world.grant(namespace, actor.name, INTO_PODS)
    done = actor.exec(namespace, "web-0", command=["cat", "/etc/passwd"], spdy=spdy)
    assert (done.arrived, done.status) == (True, 101)
    (arrival,) = kubelet.arrived(namespace)
    assert (arrival.kind, arrival.pod, arrival.container) == ("exec", "web-0", "main")
    assert arrival.command == ("cat", "/etc/passwd")
    assert arrival.protocol == ("spdy" if spdy else "websocket")
    if not spdy:
        assert done.output == f"{kubelet.node} exec web-0: cat /etc/passwd\n"
        assert done.ended == {"metadata": {}, "status": "Success"}


def test_exec_with_the_client_library(admin: Actor, world: World, kubelet: Kubelet) -> None:
    namespace = world.namespace()
    world.pod(namespace, "web-0")
    with config.new_client_from_config(str(admin.kubeconfig)) as api:
        call = client.CoreV1Api(api).connect_get_namespaced_pod_exec
        shell = stream(call, "web-0", namespace, command=["id", "-u"], stdout=True, _preload_content=False)
        shell.run_forever(timeout=60)
        assert shell.read_stdout() == f"{kubelet.node} exec web-0: id -u\n"
        assert shell.returncode == 0
        # Its own `close` leaves the socket open once the other side has said that it closes.
        shell.sock.shutdown()


def test_exec_into_a_pod_that_does_not_run_here_fails(admin: Actor, world: World, kubelet: Kubelet) -> None:
    namespace = world.namespace()
    world.pod(namespace, "pending", spec={"nodeName": None}, running=False)
    assert not admin.exec(namespace, "pending").arrived
    assert admin.exec(namespace, "missing").status == 404
    assert kubelet.arrived(namespace) == []


def test_attach_and_port_forward(user: Users, world: World, kubelet: Kubelet) -> None:
    namespace = world.namespace()
    world.pod(namespace, "web-0")
    actor = user.fresh("into")
    assert actor.attach(namespace, "web-0").status == 403
    assert actor.port_forward(namespace, "web-0").status == 403
    assert kubelet.arrived(namespace) == []
    world.grant(namespace, actor.name, INTO_PODS)
    assert actor.attach(namespace, "web-0").arrived
    forwarded = actor.port_forward(namespace, "web-0", 5432)
    assert forwarded.arrived, forwarded
    assert [each.kind for each in kubelet.arrived(namespace)] == ["attach", "portForward"]
    assert kubelet.arrived(namespace, kind="portForward")[0].ports == (5432,)
    assert kubelet.wait_until_closed(namespace)


def test_logs_come_and_follow(user: Users, world: World, kubelet: Kubelet) -> None:
    namespace = world.namespace()
    world.pod(namespace, "web-0")
    actor = user.fresh("logs")
    refused = actor.log(namespace, "web-0", follow=True)
    assert isinstance(refused, Answer)
    assert refused.status == 403
    world.grant(namespace, actor.name, READ_LOGS)
    short = actor.log(namespace, "web-0")
    assert isinstance(short, Answer)
    assert short.body["text"].count("\n") == 3
    followed = actor.log(namespace, "web-0", follow=True)
    assert isinstance(followed, Lines)
    with followed:
        assert [followed.next() for _ in range(5)][-1] == f"{kubelet.node} web-0 line 5"
    assert kubelet.wait_until_closed(namespace)


def test_open_streams_end_with_their_pod(admin: Actor, world: World, kubelet: Kubelet) -> None:
    namespace = world.namespace()
    world.pod(namespace, "web-0")
    world.pod(namespace, "web-1")
    logs = admin.log(namespace, "web-0", follow=True)
    assert isinstance(logs, Lines)
    with admin.open_exec(namespace, "web-0") as ends, admin.open_exec(namespace, "web-1") as stays, logs:
        for shell in (ends, stays):
            shell.send("hello\n")
            assert shell.wait_for("hello\n")
        assert len(kubelet.open_streams(namespace)) == 3
        # With the usual grace period: the kubelet has to confirm that the containers have stopped.
        admin.must("DELETE", f"/api/v1/namespaces/{namespace}/pods/web-0")
        assert ends.wait_closed()
        assert ends.ended is not None
        assert ends.ended["reason"] == "NonZeroExitCode"
        assert logs.wait_closed()
        eventually(lambda: admin.status("GET", f"/api/v1/namespaces/{namespace}/pods/web-0") == 404)
        stays.send("still here\n")
        assert stays.wait_for("still here\n")
        eventually(lambda: [each.pod for each in kubelet.open_streams(namespace)] == ["web-1"])
        stays.send("exit\n")
        assert stays.wait_closed()
    assert not admin.exec(namespace, "web-0").arrived


def test_a_stream_outlives_the_right_to_open_it(user: Users, world: World) -> None:
    namespace = world.namespace()
    world.pod(namespace, "web-0")
    actor = user.fresh("outlives")
    grant = world.grant(namespace, actor.name, INTO_PODS)
    with actor.open_exec(namespace, "web-0") as shell:
        world.admin.must("DELETE", f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings/{grant}")
        becomes(403, lambda: actor.exec(namespace, "web-0").status)
        shell.send("still in\n")
        assert shell.wait_for("still in\n")


def test_watches_deliver(admin: Actor, world: World) -> None:
    namespace = world.namespace()
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    version = admin.must("GET", path)["metadata"]["resourceVersion"]
    watch = admin.watch(path, version)
    assert isinstance(watch, Lines)
    with watch:
        admin.must("POST", path, {"metadata": {"name": "new"}})
        # The controllers put one of theirs into each namespace, before it or after.
        eventually(lambda: (event := watch.next_event()) and event["object"]["metadata"]["name"] == "new")


def test_deployments_make_pods_and_pods_can_run(admin: Actor, world: World, kubelet: Kubelet) -> None:
    namespace = world.namespace()
    labels = {"app": "web"}
    containers = [{"name": "main", "image": "example.com/app:1"}]
    spec = {
        "replicas": 2,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
    }
    admin.must("POST", f"/apis/apps/v1/namespaces/{namespace}/deployments", {"metadata": {"name": "web"}, "spec": spec})
    pods = f"/api/v1/namespaces/{namespace}/pods?labelSelector=app%3Dweb"
    made = eventually(lambda: len(items := admin.must("GET", pods)["items"]) == 2 and items)
    running = world.run_pod(made[0])
    assert running["status"]["phase"] == "Running"
    assert admin.exec(namespace, running["metadata"]["name"]).output.startswith(kubelet.node)


def test_admission_policies_are_type_checked(admin: Actor, world: World) -> None:
    name = world.namespace("policy")
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    body = {
        "metadata": {"name": f"{name}.example.com"},
        "spec": {
            "matchConstraints": {"resourceRules": [rule]},
            "validations": [{"expression": "object.metadata.nosuchfield == 'x'"}],
        },
    }
    policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
    made = world.make(policies, body)

    def checked() -> dict[str, Any] | None:
        status: dict[str, Any] = admin.must("GET", f"{policies}/{made['metadata']['name']}").get("status", {})
        return status if "observedGeneration" in status else None

    status = eventually(checked)
    assert status["observedGeneration"] == made["metadata"]["generation"]
    assert "nosuchfield" in status["typeChecking"]["expressionWarnings"][0]["warning"]


def test_the_audit_log_names_the_binding(api_server: ApiServer, user: Users, world: World) -> None:
    namespace = world.namespace()
    actor = user.fresh("audited")
    grant = world.grant(namespace, actor.name, READ_CONFIGMAPS)
    mark = api_server.audit_mark()
    assert actor.status("GET", f"/api/v1/namespaces/{namespace}/configmaps") == 200
    event = api_server.wait_audit(lambda event: event["user"]["username"] == actor.name, mark)
    assert event["verb"] == "list"
    assert event["annotations"]["authorization.k8s.io/decision"] == "allow"
    assert f'RoleBinding "{grant}/{namespace}"' in event["annotations"]["authorization.k8s.io/reason"]


def test_bystanders_are_watched_over(world: World) -> None:
    namespace = world.namespace()
    before = world.snapshot(f"/api/v1/namespaces/{namespace}/serviceaccounts/default")
    assert len(before) == 6
    world.untouched(before, f"/api/v1/namespaces/{namespace}/serviceaccounts/default")
    path = f"/api/v1/namespaces/{namespace}/configmaps/{BYSTANDER}"
    world.admin.must("PATCH", path, {"data": {"whose": "mine"}})
    with pytest.raises(AssertionError, match="objects of others were changed"):
        world.untouched(before)
    world.admin.must("DELETE", path)
    with pytest.raises(AssertionError, match="None"):
        world.untouched(before)


def test_a_server_of_ones_own_can_fail(own_server: ApiServer) -> None:
    with own_server.admin() as admin:
        admin.must("POST", "/api/v1/namespaces", {"metadata": {"name": "survives"}})
        own_server.kill()
        with pytest.raises(requests.ConnectionError):
            admin.status("GET", "/readyz")
        own_server.start()
        assert admin.status("GET", "/api/v1/namespaces/survives") == 200
        own_server.restart_apiserver()
        assert admin.status("GET", "/api/v1/namespaces/survives") == 200


def test_streams_are_what_open_returns(admin: Actor, world: World) -> None:
    namespace = world.namespace()
    world.pod(namespace, "web-0")
    opened = admin.open(f"/api/v1/namespaces/{namespace}/pods/web-0/exec?container=main&command=sleep&stdout=true")
    assert isinstance(opened, Channels)
    with opened:
        assert opened.wait_for("sleep\n")
        assert not opened.wait_closed(0.3)
