"""The sweeper's loop on a real API server, judged by the subjects' own calls: faults, stuck ends, and company."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gitops_breakglass.model.kube import NAMESPACE
from tests.cluster.faulty_stage import BINDINGS, FaultyStage
from tests.cluster.harness.becoming import eventually, settled
from tests.cluster.sweeper_stage import overrun, promised, sweeping

TOGETHER = [f"together-{number}" for number in range(8)]
PEOPLE = ["stuck", "next", "last", "across", "revoked", "orphan", *TOGETHER]
BOTH = ["clusterroles", "clusterrolebindings"]
PUNCTUAL = timedelta(seconds=2)
"""The subjects' calls are tried a few times in a second, on a machine that does much else."""
LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/reconciler"


def of_bindings(sweeper, event, name):
    return [each for each in sweeper.of(event, name) if "Binding" in each["object"]]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("sweeper"), PEOPLE)
    stage.install()
    yield stage
    stage.close()


def test_a_grant_that_is_stuck_delays_no_other_s_end_and_goes_within_ten_seconds_of_the_refusal(stage, request):
    with sweeping(stage) as sweeper:
        stage.ask("stuck", seconds=30)
        stage.ask("next", seconds=36)
        stage.ask("last", seconds=40)
        stage.reconcile()
        ends = {name: promised(stage, name) for name in ("stuck", "next", "last")}
        webhook = stage.refuse_by_webhook("stuck", resources=BOTH, operations=["UPDATE", "DELETE"])
        request.addfinalizer(lambda: stage.admin.status("DELETE", webhook))
        for name in ("next", "last"):
            assert timedelta() <= overrun(stage, name, ends[name]) < PUNCTUAL
            (told,) = eventually(lambda name=name: of_bindings(sweeper, "deleted", name))
            assert 0 <= told["lateSeconds"] < 1
        assert stage.may("stuck")
        (refused, *_) = eventually(lambda: of_bindings(sweeper, "failed", "stuck"))
        assert (refused["refuser"], refused["refuserName"]) == ("webhook", "refuses-stuck.example.com")
        assert refused["accessMayStillHold"] is True
        stage.admin.must("DELETE", webhook)
        lifted = time.monotonic()
        eventually(lambda: not stage.may("stuck"))
        assert time.monotonic() - lifted < 10
        eventually(lambda: "endedAt" in stage.record("stuck")["status"])
        assert [stage.left(name) for name in ends] == [[], [], []]
        assert sweeper.stop() == 0
        assert sweeper.events[-1]["event"] == "stopped"


def test_a_revocation_ends_access_at_once_though_nobody_swept(stage):
    with sweeping(stage, "--interval", "600") as sweeper:
        stage.ask("revoked", seconds=600)
        stage.reconcile()
        record = stage.record("revoked")["metadata"]["name"]
        path = f"/apis/access.gitops-breakglass.dev/v1alpha1/namespaces/{NAMESPACE}/grants/{record}"
        begun = time.monotonic()
        assert stage.reconciler.status("PATCH", path, {"spec": {"revokedAt": "2026-01-01T00:00:00Z"}}) == 200
        eventually(lambda: not stage.may("revoked"))
        assert time.monotonic() - begun < 3
        eventually(lambda: stage.left("revoked") == [])
        assert sweeper.of("failed") == []


@pytest.mark.threat("E1")
def test_an_api_server_that_is_dead_across_the_end_ends_it_within_seconds_of_its_return(stage):
    with sweeping(stage) as sweeper:
        stage.ask("across", seconds=30)
        stage.reconcile()
        end = promised(stage, "across")
        stage.server.kill()
        stage_is_down_until(end + timedelta(seconds=5))
        stage.server.start()
        back = time.monotonic()
        eventually(lambda: not stage.may("across"))
        assert time.monotonic() - back < 12
        eventually(lambda: stage.left("across") == [])
        assert sweeper.of("unreachable")


def stage_is_down_until(moment):
    time.sleep(max(0.0, moment.timestamp() - time.time()))


@pytest.mark.threat("D5")
def test_where_the_reconciler_is_missing_the_sweeper_ends_access_on_time_and_says_so(stage):
    stage.ask("orphan", seconds=30)
    stage.reconcile()
    end = promised(stage, "orphan")
    # A single run has just noted that it ran, and promised nothing; who comes in a later second counts.
    time.sleep(1.5)
    renewed = f"{stage.now():%Y-%m-%dT%H:%M:%S.000000Z}"
    # As a loop that was killed leaves it: nobody gives it back.
    spec = {"holderIdentity": "killed", "renewTime": renewed, "acquireTime": renewed, "leaseDurationSeconds": 3}
    stage.admin.must("PATCH", LEASE, {"spec": spec})
    with sweeping(stage) as sweeper:
        assert timedelta() <= overrun(stage, "orphan", end) < PUNCTUAL
        (told,) = eventually(lambda: sweeper.of("warning"))
        assert told["why"].startswith("the reconciler is missing since 20")
        # Its own heartbeat can be read by everyone else.
        own = stage.admin.must("GET", LEASE.replace("reconciler", "sweeper"))
        assert own["spec"]["holderIdentity"]


def test_two_sweepers_and_a_reconciler_at_once_do_no_harm(stage):
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    stage.admin.must("POST", BINDINGS, {"metadata": {"name": "somebodys"}, "roleRef": ref})
    for name in TOGETHER:
        stage.ask(name, seconds=45)
    stage.reconcile()
    ends = {name: promised(stage, name) for name in TOGETHER}
    with sweeping(stage) as one, sweeping(stage) as other:
        while stage.now() < max(ends.values()) + timedelta(seconds=1):
            stage.reconcile()
        eventually(lambda: all("endedAt" in stage.record(name)["status"] for name in TOGETHER))
        assert [stage.left(name) for name in TOGETHER] == [[]] * len(TOGETHER)
        assert one.of("failed") + other.of("failed") == []
        bindings = [each for each in (*one.of("deleted"), *other.of("deleted")) if "Binding" in each["object"]]
        assert all(each["lateSeconds"] >= 0 for each in bindings)
    settled(stage.admin)
    assert stage.admin.status("GET", f"{BINDINGS}/somebodys") == 200
    assert "nothing to do" in stage.sweep().stdout
