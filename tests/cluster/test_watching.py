"""The watcher on a real API server: what rings it, what does not, and that no fault silences it."""

import time
import uuid
from contextlib import closing

import pytest

from gitops_breakglass.adapters.cluster.watching import ClusterWatch
from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, RBAC, RBAC_GROUP, REQUEST
from gitops_breakglass.model.policy import KubernetesTarget
from tests.cluster.harness.server import ApiServer
from tests.cluster.install_fixture import installation
from tests.cluster.witness_stage import Stage

BINDINGS = f"/apis/{RBAC}/clusterrolebindings"
SOON, NOTHING = 10.0, 1.0
"""Seconds within which a change is heard of, and for which silence is listened to."""


def watching(target, **words):
    watch = ClusterWatch("prod", target, **words)
    # What is there when it begins counts as news, once for each list.
    while watch.wait(2.0):
        pass
    return closing(watch)


def a_binding(**labels):
    return {
        "metadata": {"name": f"bg-{uuid.uuid4().hex[:12]}", "labels": labels},
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": "nothing"},
    }


OURS = {MANAGED_BY: MANAGER, REQUEST: "1" * 32}


@pytest.fixture
def alone(own_server: ApiServer):
    """A server without an installation, as its administrator."""
    with own_server.admin() as admin:
        yield own_server, admin, KubernetesTarget(str(own_server.admin_kubeconfig))


def test_a_binding_of_ours_that_appears_is_heard_of_at_once_and_others_are_not(alone):
    _, admin, target = alone
    with watching(target) as watch:
        admin.must("POST", BINDINGS, a_binding())
        assert not watch.wait(NOTHING)
        begun = time.monotonic()
        admin.must("POST", BINDINGS, a_binding(**OURS))
        assert watch.wait(SOON)
        assert time.monotonic() - begun < 2
        assert not watch.wait(NOTHING)


def test_a_binding_that_goes_gives_nothing_and_wakes_nobody(alone):
    _, admin, target = alone
    name = admin.must("POST", BINDINGS, a_binding(**OURS))["metadata"]["name"]
    with watching(target) as watch:
        admin.must("DELETE", f"{BINDINGS}/{name}")
        assert not watch.wait(NOTHING)


def test_an_api_server_that_was_killed_and_came_back_is_listened_to_again(alone):
    server, admin, target = alone
    with watching(target) as watch:
        server.kill()
        time.sleep(1)
        server.start()
        admin.must("POST", BINDINGS, a_binding(**OURS))
        assert watch.wait(SOON)


def test_a_frozen_connection_is_given_up_and_what_came_meanwhile_is_heard_of(alone):
    server, admin, target = alone
    with watching(target, silence=2.0) as watch:
        server.freeze()
        assert not watch.wait(4)
        server.thaw()
        admin.must("POST", BINDINGS, a_binding(**OURS))
        assert watch.wait(SOON)


def test_it_stops_at_once_though_nothing_happens(alone):
    _, _, target = alone
    with watching(target):
        begun = time.monotonic()
    assert time.monotonic() - begun < 3


@pytest.fixture
def stage(tmp_path):
    """An installation that nobody else uses, so that what rings is what this test did."""
    with installation(tmp_path / "kube-apiserver", wait=True) as installed:
        stage = Stage(installed.admin, installed.reconciler, installed.sweeper, "default")
        yield stage
        stage.close()


def test_a_grant_and_its_revocation_are_heard_of_and_a_status_is_not(stage):
    """As the sweeper: it may watch what it has to."""
    with watching(KubernetesTarget(str(stage.sweeper.kubeconfig))) as watch:
        grant = stage.made_grant()
        assert watch.wait(SOON)
        assert stage.sweeper.status("PATCH", f"{grant}/status", {"status": {"message": "x"}}) == 200
        assert not watch.wait(NOTHING)
        assert stage.reconciler.status("PATCH", grant, {"spec": {"revokedAt": "2026-01-01T00:00:00Z"}}) == 200
        assert watch.wait(SOON)
