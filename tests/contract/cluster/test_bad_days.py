"""What an API server says on its bad days, and what becomes of it."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.model.errors import (
    BreakglassError,
    ConflictError,
    ForbiddenError,
    GoneError,
    RefusedError,
    UnreachableError,
)
from gitops_breakglass.model.kube import RBAC, LiveObject, key_of
from gitops_breakglass.model.policy import KubernetesTarget
from tests.contract.cluster.asked import asking
from tests.contract.cluster.scripted import TOKEN, Say, scripted

ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles"
ROLE = {"apiVersion": RBAC, "kind": "Role", "metadata": {"name": "bg-one", "namespace": "shop"}, "rules": []}
MADE = {**ROLE, "metadata": {**ROLE["metadata"], "uid": "u-1", "resourceVersion": "7"}}
LIVE = LiveObject(key_of(ROLE), "u-1", MADE)
BUSY = Say(503, {"message": "etcd is away"})


@pytest.fixture
def run(tmp_path):
    return asking(tmp_path)


def test_a_read_is_tried_three_times(run):
    answers = {f"GET {ROLES}/bg-one": [BUSY, Say(429, {}, {"Retry-After": "0"}), Say(200, MADE)]}
    assert run(answers, lambda cluster: cluster.get(LIVE.key)) == (LIVE, [f"GET {ROLES}/bg-one"] * 3)


def test_a_read_that_fails_three_times_is_unknown(run):
    came, asked = run({f"GET {ROLES}/bg-one": [BUSY]}, lambda cluster: cluster.get(LIVE.key))
    assert isinstance(came, UnreachableError)
    assert came.message == "prod: read Role shop/bg-one: etcd is away"
    assert len(asked) == 3


def test_a_deletion_is_tried_three_times(run):
    answers = {f"DELETE {ROLES}/bg-one": [BUSY, Say(cut=True), Say(200)]}
    came, asked = run(answers, lambda cluster: cluster.delete(LIVE))
    assert (came, len(asked)) == (None, 3)


def test_a_deletion_whose_answer_was_lost_is_gone(run):
    answers = {f"DELETE {ROLES}/bg-one": [Say(cut=True), Say(404, {"message": "not found"})]}
    came, _ = run(answers, lambda cluster: cluster.delete(LIVE))
    assert isinstance(came, GoneError)


def test_a_creation_whose_answer_was_lost_is_read_back_and_not_repeated(run):
    answers = {f"POST {ROLES}": [Say(cut=True)], f"GET {ROLES}/bg-one": [Say(200, MADE)]}
    came, asked = run(answers, lambda cluster: cluster.create(ROLE))
    assert (came, asked) == (LIVE, [f"POST {ROLES}", f"GET {ROLES}/bg-one"])


def test_what_a_server_adds_and_leaves_out_makes_it_no_other_object(run):
    grown = {**MADE, "rules": None, "metadata": {**MADE["metadata"], "creationTimestamp": "2026-11-22T05:00:00Z"}}
    answers = {f"POST {ROLES}": [Say(cut=True)], f"GET {ROLES}/bg-one": [Say(200, grown)]}
    came, _ = run(answers, lambda cluster: cluster.create(ROLE))
    assert came.manifest == grown


def test_a_creation_that_was_lost_before_it_was_made_is_made_once(run):
    answers = {f"POST {ROLES}": [BUSY, Say(201, MADE)], f"GET {ROLES}/bg-one": [Say(404)]}
    came, asked = run(answers, lambda cluster: cluster.create(ROLE))
    assert (came, asked) == (LIVE, [f"POST {ROLES}", f"GET {ROLES}/bg-one", f"POST {ROLES}"])


def test_a_creation_that_finds_something_else_of_its_name_is_a_conflict(run):
    other = {**MADE, "rules": [{"verbs": ["*"]}]}
    answers = {f"POST {ROLES}": [BUSY], f"GET {ROLES}/bg-one": [Say(200, other)]}
    came, _ = run(answers, lambda cluster: cluster.create(ROLE))
    assert isinstance(came, ConflictError)


def test_a_creation_that_the_server_had_no_time_for_is_repeated(run):
    answers = {f"POST {ROLES}": [Say(429), Say(201, MADE)]}
    assert run(answers, lambda cluster: cluster.create(ROLE)) == (LIVE, [f"POST {ROLES}"] * 2)


def test_a_replacement_whose_answer_was_lost_is_not_repeated(run):
    came, asked = run({f"PUT {ROLES}/bg-one": [Say(cut=True)]}, lambda cluster: cluster.replace(LIVE, ROLE))
    assert (type(came), len(asked)) == (UnreachableError, 1)


def test_a_webhook_that_can_t_be_called_is_a_refusal_and_not_tried_again(run):
    said = 'Internal error occurred: failed calling webhook "guard.example.com": connection refused'
    came, asked = run({f"DELETE {ROLES}/bg-one": [Say(500, {"message": said})]}, lambda cluster: cluster.delete(LIVE))
    assert (type(came), len(asked)) == (RefusedError, 1)
    assert came.hint == "the admission webhook guard.example.com refused it or could not be asked: see to the webhook"


def test_a_server_that_is_silent_is_unreachable_when_the_deadline_is_over(run):
    silence = threading.Event()
    answers = {"GET /version": [Say(hold=silence)]}
    try:
        came, _ = run(answers, lambda cluster: cluster.now(), deadline=0.5)
    finally:
        silence.set()
    assert isinstance(came, UnreachableError)


def test_a_server_that_is_not_there_is_unreachable(tmp_path):
    with scripted(tmp_path, {}) as script:
        target = KubernetesTarget(str(script.kubeconfig))
    with KubernetesCluster("prod", target) as cluster, pytest.raises(UnreachableError) as error:
        cluster.create(ROLE)
    assert error.value.message.startswith("prod: ")
    assert "refused" in error.value.message


@pytest.mark.parametrize("content", [None, "not: [yaml", "kind: Config\nusers: [{token: a-secret-token}\n", "{}"])
def test_a_kubeconfig_that_is_no_good_makes_its_cluster_unreachable_and_quotes_nothing(tmp_path, content):
    file = tmp_path / "kubeconfig"
    if content is not None:
        file.write_text(content)
    with KubernetesCluster("prod", KubernetesTarget(str(file))) as cluster, pytest.raises(UnreachableError) as error:
        cluster.now()
    assert str(file) in error.value.message
    assert TOKEN not in error.value.message
    assert (error.value.__cause__, error.value.__suppress_context__) == (None, True)


def test_a_credential_plugin_that_fails_is_no_leave_to_go_on_as_nobody_and_what_it_prints_is_not_repeated(
    tmp_path, caplog
):
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "sh",
        "args": ["-c", f"echo {TOKEN} >&2; exit 1"],
        "interactiveMode": "Never",
    }
    with scripted(tmp_path, {}) as script:
        content = json.loads(script.kubeconfig.read_text())
        content["users"][0]["user"] = {"exec": plugin}
        script.kubeconfig.write_text(json.dumps(content))
        with KubernetesCluster("prod", KubernetesTarget(str(script.kubeconfig))) as cluster:
            came = _error_of(cluster.now)
    assert isinstance(came, UnreachableError)
    assert came.message == f"prod: no usable kubeconfig {script.kubeconfig}: the credential plugin failed"
    assert (script.asked, TOKEN in caplog.text) == ([], False)


@pytest.mark.parametrize(
    "field, value",
    [
        *(("name", value) for value in ("", ".", "..", "a/b", "a%2fb", "a\nb", "x" * 254)),
        *(("namespace", value) for value in ("..", ".", "a/b", "a.b", "A", "x" * 64)),
        *(("api_version", value) for value in ("", "..", "../v1", "a/b/v1", "v1/..", "rbac.authorization.k8s.io/..")),
    ],
)
def test_a_key_that_can_t_be_one_is_never_asked_for(run, field, value):
    key = replace(LIVE.key, **{field: value})
    live = replace(LIVE, key=key)
    metadata = {**ROLE["metadata"], "name": key.name, "namespace": key.namespace}
    for attempt in (
        lambda cluster: cluster.get(key),
        lambda cluster: cluster.delete(live),
        lambda cluster: cluster.replace(live, ROLE),
        lambda cluster: cluster.replace_status(key, ROLE),
        lambda cluster: cluster.strip_finalizers(live),
        lambda cluster: cluster.create({**ROLE, "apiVersion": key.api_version, "metadata": metadata}),
    ):
        came, asked = run({}, attempt)
        assert (type(came), asked) == (RefusedError, [])


@pytest.mark.parametrize("key", [replace(LIVE.key, namespace=""), replace(LIVE.key, kind="ClusterRole")])
def test_a_key_with_a_namespace_too_many_or_too_few_is_never_asked_for(run, key):
    came, asked = run({}, lambda cluster: cluster.delete(replace(LIVE, key=key)))
    assert (type(came), asked) == (RefusedError, [])


def _error_of(function):
    try:
        function()
    except BreakglassError as error:
        return error
    return None


def test_a_pod_without_a_service_account_makes_its_cluster_unreachable():
    target = KubernetesTarget(in_cluster=True)
    with KubernetesCluster("prod", target) as cluster, pytest.raises(UnreachableError) as error:
        cluster.now()
    assert "service account" in error.value.message


@pytest.mark.parametrize("status", [200, 302])
def test_an_answer_that_is_no_json_comes_from_something_else(run, status):
    page = Say(status, b"<html>sign in</html>", {"Location": "/login"})
    came, asked = run({"GET /version": [page]}, lambda cluster: cluster.now())
    assert (type(came), asked) == (UnreachableError, ["GET /version"])
    assert came.message == f"prod: read the time: the answer (HTTP {status}) is no JSON"


def test_an_error_that_is_text_is_told_as_it_is(run):
    came, _ = run({"GET /version": [Say(403, b"go away")]}, lambda cluster: cluster.now())
    assert (type(came), came.message) == (ForbiddenError, "prod: read the time: go away")


@pytest.mark.parametrize("date", [{}, {"Date": "yesterday"}])
def test_without_a_time_of_the_server_nothing_is_known(run, date):
    came, _ = run({"GET /version": [Say(200, {}, date)]}, lambda cluster: cluster.now())
    assert (type(came), came.hint) == (UnreachableError, "does a proxy drop the `Date` header?")


def test_the_time_comes_from_the_server_and_the_skew_beside_it(run):
    clock = SimulatedClock(datetime(2026, 11, 22, 5, 2, tzinfo=UTC))
    came, _ = run({"GET /version": [Say()]}, lambda cluster: (cluster.now(), cluster.skew), clock=clock)
    assert came == (datetime(2026, 11, 22, 5, tzinfo=UTC), timedelta(minutes=-2))


def test_what_a_server_says_is_cut_and_has_no_control_characters(run):
    noise = "\x1b[31m\n" + "x" * 10_000
    came, _ = run({"GET /version": [Say(403, {"message": noise})]}, lambda cluster: cluster.now())
    assert came.message == f"prod: read the time: [31m {'x' * 595}…"
