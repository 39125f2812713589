"""After a run has made a session it waits for its pods, not for ever, and never past an end."""

import shutil
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.flows.watch import pause_after
from gitops_breakglass.model.outcome import RunReport
from tests.e2e.debug_made import NAME, Cluster, MadeStage, copy, deployment, injection, session


class Waiting:
    """A clock of the reconciler's own; each sleep takes the cluster's time with it, and lets `then` happen."""

    def __init__(self, stage, then=lambda slept: None):
        self.stage, self.then, self.slept = stage, then, 0

    def now(self):
        return self.stage.clock.now()

    def sleep(self, seconds):
        self.slept += 1
        self.stage.clock.sleep(seconds)
        self.then(self.slept)


def run(stage, clock, *, patience=60):
    hands = Hands(stage.cluster, stage.signer, ThreadPool(2), clock, timedelta(seconds=patience))
    (report,) = reconcile([hands], stage.sources).clusters
    assert report.unreachable is None, report.unreachable
    return report


@pytest.fixture
def start(tmp_path):
    return lambda *objects, **more: MadeStage(tmp_path, session(*objects, **more))


def ready(stage):
    (name,) = stage.cluster.control()
    live = stage.own("Deployment", "pods")
    stage.cluster.say(live, observedGeneration=1, readyReplicas=1)
    return name


def test_rights_are_made_in_the_run_that_made_the_workload_once_its_pods_are_ready(start):
    stage = start(deployment())
    clock = Waiting(stage, lambda slept: ready(stage) if slept == 3 else None)
    run(stage, clock)
    assert clock.slept == 3
    assert stage.rights() == {"debug": [f"{NAME}-pods-1-0"]}
    assert [each["name"] for each in stage.status()["pods"]] == [f"{NAME}-pods-1-0"]
    assert stage.status()["notReady"] == []
    assert stage.plan().is_empty


def test_after_the_deadline_access_is_to_what_is_there_and_what_is_not_ready_is_said(start):
    stage = start(deployment(), copy())
    clock = Waiting(stage)
    run(stage, clock, patience=7)
    assert clock.slept == 7
    assert stage.rights() == {"debug": [f"{NAME}-copy"]}
    assert {each["name"]: each["why"] for each in stage.status()["notReady"]} == {
        f"{NAME}-pods": "its controller has not seen it yet",
        f"{NAME}-copy": "its phase is not known",
    }


def test_nothing_is_waited_for_where_nothing_was_made(start):
    stage = start(deployment())
    stage.reconcile()
    clock = Waiting(stage)
    run(stage, clock)
    assert clock.slept == 0


def test_a_run_does_not_wait_past_the_next_end_on_the_cluster(start):
    stage = start(deployment(), copy(ttl=timedelta(seconds=5)))
    clock = Waiting(stage)
    run(stage, clock)
    assert clock.slept == 4


class Other(Cluster):
    """Another cluster, of which `ended` says how often the run had slept when something on it was deleted."""

    def __init__(self, name, folder, clock, waiting):
        super().__init__(name, folder, clock)
        self.waiting, self.ended = waiting, []

    def delete(self, live):
        self.ended.append((live.key.kind, self.waiting.slept))
        super().delete(live)


def test_nothing_is_waited_for_while_something_on_another_cluster_has_to_end(start, tmp_path):
    stage = start(deployment())
    shutil.copytree(tmp_path / "out" / "prod", tmp_path / "out" / "other")
    clock = Waiting(stage)
    other = Other("prod", tmp_path / "out" / "other", stage.clock, clock)
    hands = Hands(other, stage.signer, ThreadPool(2))
    reconcile([hands], stage.sources)
    (live,) = (each for each in other.read().objects if each.key.kind == "Deployment")
    other.replace(live, {**live.manifest, "spec": {**live.manifest["spec"], "replicas": 9}})
    waiting = Hands(stage.cluster, stage.signer, ThreadPool(2), clock, timedelta(seconds=3))
    reconcile([waiting, hands], stage.sources)
    assert other.ended == [("Deployment", 0)]
    assert clock.slept == 3


def test_a_run_does_not_wait_past_the_next_end_on_any_cluster(start, tmp_path):
    stage = start(deployment())
    shutil.copytree(tmp_path / "out" / "prod", tmp_path / "out" / "other")
    clock = Waiting(stage)
    mine, other = stage.cluster, Other("prod", tmp_path / "out" / "other", stage.clock, clock)
    other.delete(other.get(stage.record))
    stage.cluster = other
    stage.sign(session(copy(ttl=timedelta(seconds=5))))
    stage.cluster = mine
    ending = Hands(other, stage.signer, ThreadPool(2), clock, timedelta())
    reconcile([ending], stage.sources)
    waiting = Hands(stage.cluster, stage.signer, ThreadPool(2), clock, timedelta(seconds=60))
    reconcile([waiting, ending], stage.sources)
    assert clock.slept == 5


def test_a_container_that_does_not_run_yet_is_said_and_let_into_all_the_same(start):
    stage = start(injections=[injection()])
    stage.cluster.pod()
    run(stage, Waiting(stage), patience=2)
    assert stage.rights() == {"shop": ["web-0"]}
    assert [each["why"] for each in stage.status()["notReady"]] == [f"container {NAME}-eph has not been started"]


def test_while_a_session_is_open_a_watch_looks_again_soon(start):
    stage = start(deployment())
    report = stage.reconcile()
    assert pause_after(RunReport((report,)), timedelta(minutes=5)) == timedelta(seconds=10)
    stage.passes(hours=2)
    report = stage.reconcile()
    assert pause_after(RunReport((report,)), timedelta(minutes=5)) == timedelta(minutes=5)


def test_a_watch_wakes_at_the_end_of_what_ends_before_its_session(start):
    stage = start(copy(ttl=timedelta(minutes=1)))
    stage.reconcile()
    stage.passes(seconds=55)
    report = stage.reconcile()
    assert pause_after(RunReport((report,)), timedelta(minutes=5)) == timedelta(seconds=5)
