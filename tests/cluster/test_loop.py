"""The loop under trouble: a forge that hangs while access ends, replicas that die, sleep and wake up, and who says so."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.model.kube import EXPIRES_AT, NAMESPACE
from tests.cluster.faulty_stage import FaultyStage
from tests.cluster.harness.becoming import eventually
from tests.cluster.loops import Loop, Process, running, slow_git

LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
PEOPLE = ["early", "slept", "died", "swept", "hung"]
PUNCTUAL = timedelta(seconds=5)
"""On a busy machine; the benchmark has the real figure. The run that hangs takes ten times as long."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("loop"), PEOPLE)
    stage.install()
    yield stage
    stage.close()


def a_sweeper(stage: FaultyStage, name: str) -> Process:
    words = ["gitops_breakglass.cli.sweeper", "--kubeconfig", str(stage.sweeper.kubeconfig), "--log", "json"]
    return Process(stage, name, words)


def holder(stage: FaultyStage) -> str:
    return str(stage.admin.must("GET", f"{LEASES}/reconciler")["spec"].get("holderIdentity", ""))


@pytest.mark.threat("E1")
def test_an_end_falls_into_a_run_that_hangs_and_is_on_time(stage):
    path, marker = slow_git(stage.folder)
    loop = Loop(stage, "hanging", 2, path)
    with running(loop):
        stage.ask("hung", seconds=40)
        eventually(lambda: stage.may("hung"))
        end = datetime.fromisoformat(stage.record("hung")["metadata"]["annotations"][EXPIRES_AT])
        marker.touch()
        time.sleep(4)
        runs = loop.metric("runs_total")
        while stage.may("hung"):
            assert datetime.now(UTC) < end + PUNCTUAL, "it goes on"
            time.sleep(0.02)
        late = datetime.now(UTC) - end
        assert timedelta() <= late < PUNCTUAL
        # Its binding is told, and all the rest of it is gone, while the run goes on to hang.
        eventually(lambda: stage.left("hung") == [])
        eventually(lambda: loop.metric("end_lag_seconds_count"))
        assert loop.metric("runs_total") == runs
        assert loop.metric("end_lag_seconds_sum") < PUNCTUAL.total_seconds()
        assert loop.metric("ends_overdue") == 0
        # And while it hangs, it is asked to stop, twice.
        loop.send(signal.SIGTERM)
        time.sleep(1)
        assert loop.process.poll() is None
        loop.send(signal.SIGTERM)
        assert loop.process.wait(5) == 128 + signal.SIGTERM
        marker.unlink()


@pytest.mark.threat("E3")
def test_one_of_two_loops_grants_and_neither_sleep_nor_death_make_two_or_none(stage):
    first = Loop(stage, "first", 2)
    with running(first):
        first.until_leading()
        mine = holder(stage)
        second = Loop(stage, "second", 2)
        with running(second):
            eventually(lambda: second.metric("leader") == 0)
            stage.ask("early", seconds=900)
            eventually(lambda: stage.may("early"))
            assert (first.leads(), second.leads()) == (True, False)
            assert second.events("granted") == []
            # The holder sleeps. When it wakes up it still believes what it believed, and finds its time gone.
            first.send(signal.SIGSTOP)
            stage.ask("slept", seconds=900)
            eventually(lambda: stage.may("slept"))
            first.send(signal.SIGCONT)
            assert holder(stage) != mine
            eventually(lambda: first.metric("leader") == 0 and second.leads())
            assert stage.left("slept") == ["role", "binding"]
            granted = [each["request"] for loop in (first, second) for each in loop.events("granted")]
            assert sorted(granted) == sorted(set(granted))
            # The holder dies.
            second.kill()
            stage.ask("died", seconds=900)
            eventually(lambda: stage.may("died"))
            assert first.leads()
        first.send(signal.SIGTERM)
        assert first.process.wait(30) == 0
        assert holder(stage) == ""
        spec = stage.admin.must("GET", f"{LEASES}/reconciler")["spec"]
        assert spec["leaseTransitions"] >= 2


@pytest.mark.threat("D5")
@pytest.mark.threat("E5")
def test_each_actor_ends_what_the_other_can_t_any_more_and_says_that_it_is_missing(stage):
    sweeper = a_sweeper(stage, "sweeper")
    loop = Loop(stage, "killed", 2)
    with running(sweeper, loop):
        loop.until_leading()
        eventually(lambda: "renewTime" in (stage.admin.must("GET", f"{LEASES}/sweeper").get("spec") or {}))
        sweeper.kill()
        (missing, *_) = eventually(lambda: loop.events("actor-missing"))
        assert (missing["actor"], missing["level"]) == ("sweeper", "warning")
        assert missing["why"].startswith("the sweeper is missing since ")
        assert loop.metric("actor_missing") == 1
        said = json.loads(stage.run("reconcile", "--format", "json", "--key", str(stage.folder / "signing-key")).stdout)
        assert [each["pulse"] for each in said["clusters"][0]["actors"]] == ["missing"]
        status = stage.run("status")
        assert "  ! the sweeper is missing since " in status.stdout
        assert "the reconciler" not in status.stdout

        stage.ask("swept", seconds=30)
        eventually(lambda: stage.may("swept"))
        loop.kill()
        other = a_sweeper(stage, "other")
        with running(other):
            eventually(lambda: not stage.may("swept"))
            eventually(lambda: stage.left("swept") == [])
            eventually(lambda: "the reconciler is missing since" in other.log.read_text())
