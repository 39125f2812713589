"""Others who reach for a session, or for what our marks would do: a tenant with all rights on workloads of a namespace."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, MANAGER, REQUEST
from tests.cluster.debug_asked import PODS_OF_SESSIONS
from tests.cluster.debug_calls import ALL_WAYS, FORBIDDEN, NO_WAY, PodAt, calls, shut_out
from tests.cluster.debug_cases import CAPTURE, NETWORK, NODE_POD, Case
from tests.cluster.debug_stage import OWNER, DebugStage
from tests.cluster.harness.actor import Actor

PODS = f"/api/v1/namespaces/{PODS_OF_SESSIONS}/pods"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{PODS_OF_SESSIONS}/deployments"
ALL_OF_IT = (
    {"apiGroups": [""], "resources": ["pods", "configmaps"], "verbs": ["*"]},
    {"apiGroups": ["apps"], "resources": ["deployments", "replicasets", "daemonsets"], "verbs": ["*"]},
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DebugStage]:
    """One cluster for all of them."""
    stage = DebugStage(tmp_path_factory.mktemp("tampering"))
    yield stage
    stage.close()


@pytest.fixture
def owner(stage: DebugStage) -> Actor:
    return stage.users(f"{OWNER}@example.com")


@pytest.fixture(scope="module")
def tenant(stage: DebugStage) -> Actor:
    """Somebody to whom the namespace with the debug pods belongs too."""
    tenant = stage.users.fresh("tenant")
    stage.objects.grant(PODS_OF_SESSIONS, tenant.name, *ALL_OF_IT)
    return tenant


def look_alike(pod: dict[str, Any], name: str) -> dict[str, Any]:
    """A pod with the labels, annotations and owners of another one."""
    kept = {
        each: pod["metadata"][each] for each in ("labels", "annotations", "ownerReferences") if each in pod["metadata"]
    }
    containers = [{"name": "debug", "image": "example.com/tenant:1"}]
    spec = {"nodeName": pod["spec"]["nodeName"], "containers": containers, "automountServiceAccountToken": False}
    return {"metadata": {"name": name, **copy.deepcopy(kept)}, "spec": spec}


@pytest.mark.parametrize("case", [NETWORK, CAPTURE, NODE_POD], ids=lambda case: case.name)
@pytest.mark.not_even_once
def test_a_pod_that_looks_like_the_sessions_is_not_entered(
    stage: DebugStage, owner: Actor, tenant: Actor, case: Case
) -> None:
    asked = case.asked("look", stage.place())
    stage.grants(asked)
    (real,) = stage.session_pods(asked)
    body = look_alike(stage.admin.must("GET", real.path), f"{real.pod}-too")
    answer = tenant.request("POST", PODS, body)
    assert (answer.status, "the guard:" in answer.message) == (FORBIDDEN, True), answer.message
    stage.reconcile()
    fake = PodAt(PODS_OF_SESSIONS, f"{real.pod}-too", "debug")
    shut_out(owner, [fake])
    assert calls(owner, real) == ALL_WAYS
    stage.revokes(asked)
    shut_out(owner, [real, fake])
    tenant.request("DELETE", f"{fake.path}?gracePeriodSeconds=0")


@pytest.mark.not_even_once
def test_a_pod_under_the_name_of_one_that_went_is_not_entered(stage: DebugStage, owner: Actor, tenant: Actor) -> None:
    asked = NODE_POD.asked("same", stage.place())
    stage.grants(asked)
    (real,) = stage.session_pods(asked)
    pod = stage.admin.must("GET", real.path)
    stage.admin.must("DELETE", f"{real.path}?gracePeriodSeconds=0")
    body = look_alike(pod, real.pod)
    answer = tenant.request("POST", PODS, body)
    assert (answer.status, "the guard:" in answer.message) == (FORBIDDEN, True), answer.message
    stage.reconcile()
    fake = PodAt(PODS_OF_SESSIONS, real.pod, "debug")
    assert calls(owner, fake) == NO_WAY
    stage.revokes(asked)
    tenant.request("DELETE", f"{fake.path}?gracePeriodSeconds=0")


@pytest.mark.not_even_once
def test_a_tenant_changes_no_workload_of_a_session(stage: DebugStage, owner: Actor, tenant: Actor) -> None:
    asked = NETWORK.asked("image", stage.place())
    stage.grants(asked)
    before = stage.session_pods(asked)
    (workload,) = [
        each["metadata"]["name"]
        for each in stage.admin.must("GET", DEPLOYMENTS)["items"]
        if each["metadata"]["name"].startswith(stage.name_of(asked))
    ]
    container = {"name": "debug", "image": "example.com/tenant:1"}
    change = {"spec": {"template": {"spec": {"containers": [container]}}}}
    answer = tenant.request("PATCH", f"{DEPLOYMENTS}/{workload}", change)
    assert (answer.status, "the guard:" in answer.message) == (FORBIDDEN, True), answer.message
    assert stage.session_pods(asked) == before
    assert [calls(owner, at) for at in before] == [ALL_WAYS]
    stage.revokes(asked)


def test_a_tenant_who_puts_our_marks_on_his_own_things_loses_none_of_them(stage: DebugStage, tenant: Actor) -> None:
    asked = NETWORK.asked("marks", stage.place())
    stage.grants(asked)
    uid = stage.record(asked)["spec"]["request"]["uid"]
    over = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    marks = {
        "labels": {MANAGED_BY: MANAGER, REQUEST: uid},
        "annotations": {EXPIRES_AT: over, DECISION: "0" * 64},
    }
    own = stage.objects.namespace("tenant")
    stage.objects.grant(own, tenant.name, *ALL_OF_IT, {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["*"]})
    path = f"/api/v1/namespaces/{own}"
    marked = tenant.status("PATCH", path, {"metadata": marks})
    assert marked == FORBIDDEN
    pod = {"metadata": {"name": "his-own", **marks}, "spec": {"containers": [{"name": "main", "image": "a:1"}]}}
    made = tenant.status("POST", f"{path}/pods", pod)
    assert made == FORBIDDEN
    stage.reconcile(code=0)
    stage.sweeps_after(asked)
    assert "deletionTimestamp" not in stage.admin.must("GET", path)["metadata"]


@pytest.mark.parametrize("what", ["pod", "workload"])
@pytest.mark.not_even_once
def test_nobody_keeps_a_session_by_a_finalizer(stage: DebugStage, owner: Actor, tenant: Actor, what: str) -> None:
    asked = NETWORK.asked(f"final-{what}", stage.place())
    before = stage.everything()
    stage.grants(asked)
    (real,) = stage.session_pods(asked)
    name = stage.name_of(asked)
    path = real.path
    if what == "workload":
        items = stage.admin.must("GET", DEPLOYMENTS)["items"]
        (path,) = [
            f"{DEPLOYMENTS}/{each['metadata']['name']}" for each in items if each["metadata"]["name"].startswith(name)
        ]
    answer = tenant.request("PATCH", path, {"metadata": {"finalizers": ["example.com/stays"]}})
    assert (answer.status, "the guard:" in answer.message) == (FORBIDDEN, True), answer.message
    with owner.open_exec(*real) as stream:
        assert stream.wait_for("exec")
        stage.sweeps_after(asked)
        shut_out(owner, [real])
        assert stream.wait_closed(30)
    stage.sweeps_after(asked)
    stage.is_as_before(before)
