"""Notices on a real API server: marks lie in records, whoever ended what, and an end that is refused is told once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.cluster.harness.becoming import eventually
from tests.contract.notify.servers import Hook

PEOPLE = ["told", "stuck", "late"]
EVENTS = "[granted, ended, could-not-end]"


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with Hook() as hook:
        yield hook


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, hook: Hook) -> Iterator[FaultyStage]:
    stage = FaultyStage(tmp_path_factory.mktemp("notices"), PEOPLE)
    text = (stage.world.path / "breakglass.yaml").read_text()
    told = f"notifications:\n  webhook: {{url: '{hook.url}', events: {EVENTS}}}\nclusters:\n"
    stage.world.policy({"breakglass.yaml": text.replace("clusters:\n", told, 1)})
    stage.install()
    yield stage
    stage.close()


def events(hook: Hook, name: str) -> list[str]:
    """What came of one request, in order."""
    got = [json.loads(each.body) for each in hook.got]
    return [each["event"] for each in got if each["request"] == f"{CLUSTER}/{name}"]


def last(hook: Hook) -> dict[str, object]:
    return dict(json.loads(hook.got[-1].body))


def end_of(stage: FaultyStage, name: str) -> str:
    return str(stage.record(name)["status"]["expiresAt"])


def test_a_grant_is_told_and_its_end_by_the_sweeper_too_each_once(stage, hook):
    stage.ask("told", seconds=60)
    stage.reconcile()
    stage.reconcile()
    assert events(hook, "told") == ["granted"]
    stage.run("revoke", f"{CLUSTER}/told")
    stage.sweep()
    stage.reconcile()
    stage.reconcile()
    assert events(hook, "told") == ["granted", "ended"]
    assert last(hook)["why"] == "it was revoked"
    marks = [(each["event"], each["channel"], each["progress"]) for each in stage.record("told")["status"]["told"]]
    assert marks == [("granted", "webhook", "sent"), ("ended", "webhook", "sent")]


def test_an_end_that_is_refused_is_an_alarm_once_and_its_late_end_is_told(stage, hook):
    stage.ask("stuck", seconds=600)
    stage.reconcile()
    refusing = stage.refuse_by_webhook(
        "stuck", resources=["clusterroles", "clusterrolebindings"], operations=["UPDATE", "DELETE"]
    )
    eventually(lambda: stage.is_refused(stage.binding("stuck")))
    stage.run("revoke", f"{CLUSTER}/stuck", code=6)
    for _ in range(2):
        stage.reconcile(code=6)
    assert events(hook, "stuck") == ["granted", "could-not-end"]
    alarm = last(hook)
    assert alarm["overdueSince"] is not None
    assert any("ClusterRoleBinding" in each for each in alarm["still"])
    stage.admin.must("DELETE", refusing)
    eventually(lambda: not stage.is_refused(stage.binding("stuck")))
    stage.reconcile()
    assert events(hook, "stuck") == ["granted", "could-not-end", "ended"]
    assert float(str(last(hook)["lateSeconds"])) > 0


def test_a_dead_webhook_delays_no_end_of_the_loop(stage, hook, tmp_path: Path):
    hook.answer = "slow"
    stage.ask("late", seconds=30)
    command = [sys.executable, "-m", "gitops_breakglass", "reconcile", "--repo", str(stage.world.path)]
    command += ["--key", str(stage.folder / "signing-key"), "--watch", "--interval", "2"]
    with (tmp_path / "said").open("w") as said:
        loop = subprocess.Popen(command, stdout=said, stderr=said)
    try:
        eventually(lambda: stage.may("late"), seconds=30)
        eventually(lambda: "expiresAt" in stage.record("late").get("status", {}))
        stage.wait_until(end_of(stage, "late"))
        begun = time.monotonic()
        eventually(lambda: not stage.may("late"), seconds=10)
        assert time.monotonic() - begun < 3
        eventually(lambda: "notice-unsure" in (tmp_path / "said").read_text(), seconds=30)
    finally:
        loop.send_signal(signal.SIGTERM)
        assert loop.wait(30) in {0, 3}
    assert set(events(hook, "late")) <= {"granted", "ended"}
    assert len(events(hook, "late")) == len(set(events(hook, "late")))
