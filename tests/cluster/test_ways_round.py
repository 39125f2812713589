"""Other ways to what deny policies keep away, by real calls: those that are closed, and those that the docs name."""

from __future__ import annotations

import pytest

from tests.cluster.guarded import REFUSED, a_rule, guarded

FORBIDDEN = 403


@pytest.fixture
def stage(installed, installed_world):
    with guarded(installed, installed_world) as stage:
        yield stage


# -- closed


@pytest.mark.parametrize("name", ["db", "db:80", "db:http", "http:db:80", "https:db:443", ":db:", "db:"])
def test_a_proxy_is_refused_by_name_with_any_port_and_scheme(stage, name):
    stage.denies(a_rule("get", resource="services", subresources=("proxy",), names=("db",)))
    answer = stage.person.request("GET", f"{stage.path('services', name)}/proxy/")
    assert (answer.status, REFUSED in answer.message) == (FORBIDDEN, True)


@pytest.mark.parametrize("name", ["web:80", "http:web:80", "db-2:80", "web:db"])
def test_a_port_that_is_called_like_a_denied_object_is_not_that_object(stage, name):
    stage.denies(a_rule("get", resource="services", subresources=("proxy",), names=("db",)))
    assert REFUSED not in stage.person.request("GET", f"{stage.path('services', name)}/proxy/").message


# -- not closed, as the docs say


def test_an_eviction_takes_a_pod_away_that_may_not_be_deleted(stage):
    pod = stage.world.pod(stage.namespace, "db-0")["metadata"]["name"]
    stage.denies(a_rule("delete", "deletecollection", resource="pods"))
    path = stage.path("pods", pod)
    assert REFUSED in stage.person.request("DELETE", path).message
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}}
    assert stage.person.status("POST", f"{path}/eviction?dryRun=All", eviction) == 201
    stage.denies(a_rule("create", resource="pods", subresources=("eviction",)))
    assert REFUSED in stage.person.request("POST", f"{path}/eviction?dryRun=All", eviction).message


def test_labels_of_a_pod_change_by_its_status(stage):
    pod = stage.world.pod(stage.namespace, "db-0")["metadata"]["name"]
    person = stage.installed.users.fresh()
    stage.world.grant(
        stage.namespace, person.name, {"apiGroups": [""], "resources": ["pods/status"], "verbs": ["patch"]}
    )
    patch = {"metadata": {"labels": {"exempt": "true"}}}
    answer = person.request("PATCH", f"{stage.path('pods', pod)}/status", patch)
    assert answer.body["metadata"]["labels"]["exempt"] == "true"


def test_a_binding_gives_a_pod_that_waits_its_labels(stage):
    admin, path = stage.installed.admin, stage.path("pods")
    spec = {"schedulerName": "none", "containers": [{"name": "main", "image": "example.com/app:1"}]}
    admin.must("POST", path, {"metadata": {"name": "waits"}, "spec": spec})
    target = {"kind": "Node", "name": stage.world.node}
    binding = {"metadata": {"name": "waits", "labels": {"exempt": "true"}}, "target": target}
    assert stage.person.status("POST", f"{path}/waits/binding", binding) == 201
    assert admin.request("GET", f"{path}/waits").body["metadata"]["labels"] == {"exempt": "true"}


@pytest.mark.parametrize("subresource", ["", "/status"])
def test_labels_of_a_namespace_change_with_it_and_by_its_status(stage, subresource):
    path = f"/api/v1/namespaces/{stage.namespace}{subresource}"
    answer = stage.person.request("PATCH", path, {"metadata": {"labels": {"tier": "front"}}})
    assert answer.body["metadata"]["labels"]["tier"] == "front"
