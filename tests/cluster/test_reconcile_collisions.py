"""Runs that meet others on a real API server: they collide, are overtaken, or are stopped before any of their writes.

One installed cluster; each test has a request and a subject of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import pytest

from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.ledger import verify_cluster
from gitops_breakglass.flows.revoke import revoke
from gitops_breakglass.model.kube import DECISION, LiveObject, Manifest, ObjectKey
from gitops_breakglass.model.outcome import Failed, RunReport
from gitops_breakglass.ports import ClusterWriter
from tests.cluster.faulty_stage import CLUSTER, ROLES, FaultyStage
from tests.cluster.harness.becoming import settled
from tests.cluster.reconcile_stage import ENDED, GRANTED, LONG, ended, granted, opened, run, run_by, state, two_clusters
from tests.cluster.stopping import Delegate, StoppedError, Stopping

CRASHES = tuple(f"crash-{number}" for number in range(9))
PEOPLE = ["collides", "twice-1", "twice-2", "busy", "overtaken", "lockstep", *CRASHES]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    stage = two_clusters(tmp_path_factory.mktemp("reconcile"), PEOPLE)
    # The first run makes the checkpoint; a run that is stopped before there is one would be taken for a deletion of it.
    run(stage)
    yield stage
    stage.close()


def test_an_object_of_others_that_has_our_name_is_left_alone_and_told(stage):
    stage.ask("collides", seconds=LONG)
    # The name holds the first sight of the merge, which the first run takes: so that one is not let further.
    with pytest.raises(StoppedError):
        run_in_process(stage, stop_after=1)
    name = stage.record("collides")["spec"]["inventory"][0]["name"]
    with stage.unguarded():
        made = stage.admin.must("POST", ROLES, {"metadata": {"name": name}, "rules": []})
    said = run(stage, code=6)
    assert f"failed    ClusterRole {name}" in said
    assert "it is not ours" in said
    assert (stage.may("collides"), stage.left("collides")) == (False, ["role"])
    assert "metadata" in made
    now = stage.admin.must("GET", f"{ROLES}/{name}")["metadata"]
    assert (now["uid"], now["resourceVersion"]) == (made["metadata"]["uid"], made["metadata"]["resourceVersion"])
    stage.run("revoke", f"{CLUSTER}/collides")
    assert stage.left("collides") == ["role"]
    stage.admin.must("DELETE", f"{ROLES}/{name}")


@pytest.mark.not_even_once
def test_two_reconcilers_at_once_make_one_grant_of_each_request(stage):
    stage.ask("twice-1", seconds=LONG)
    stage.ask("twice-2", seconds=LONG)
    key = str(stage.folder / "signing-key")
    command = [sys.executable, "-m", "gitops_breakglass", "reconcile", "--repo", str(stage.world.path)]
    command += ["--cluster", CLUSTER, "--key", key]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
    said = [each.communicate(timeout=300)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    settled(stage.admin)
    for name in ("twice-1", "twice-2"):
        assert stage.may(name)
        assert stage.left(name) == ["role", "binding"]
        assert [each["spec"]["request"]["name"] for each in stage.custom("grants")].count(name) == 1
    assert "nothing to do" in run(stage)


@pytest.mark.not_even_once
def test_a_run_that_another_one_overtakes_leaves_the_decision_that_is_there(stage):
    stage.ask("overtaken", seconds=LONG)
    with opened(stage) as cluster:
        report = run_by(stage, Overtaken(cluster, stage), ThreadPool())
    assert [each for each in report.clusters[0].outcomes if isinstance(each, Failed)] == []
    assert state(stage, "overtaken") == GRANTED
    record, (checkpoint,) = stage.record("overtaken"), stage.custom("checkpoints")
    assert json.loads(checkpoint["spec"]["payload"])["ledger"] == record["metadata"]["annotations"][DECISION]
    assert "nothing to do" in run(stage)


@pytest.mark.not_even_once
def test_two_runs_in_lockstep_find_each_other_s_work_done(stage):
    stage.ask("lockstep", seconds=LONG)
    with opened(stage) as cluster:
        twice = Lockstep(cluster)
        said = [run_by(stage, twice, ThreadPool()).clusters[0]]
        assert state(stage, "lockstep") == GRANTED
        more = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}
        with stage.unguarded():
            stage.disturb(stage.role("lockstep"), {"rules": [more]})
        said.append(run_by(stage, twice, ThreadPool()).clusters[0])
        assert stage.admin.must("GET", stage.role("lockstep"))["rules"] in (None, [])
        said.append(revoke(twice, ThreadPool(), "lockstep"))
    assert ended(stage, "lockstep")
    assert [each for report in said for each in report.outcomes if isinstance(each, Failed)] == []


@pytest.mark.not_even_once
def test_what_gives_access_is_read_before_the_records(stage):
    mark = stage.server.audit_mark()
    with opened(stage) as cluster:
        cluster.read()
    stage.server.wait_audit(lambda event: event["objectRef"].get("resource") == "breakglasses", mark)
    lists = {event["objectRef"]["resource"]: event for event in stage.server.audit_events(mark) if is_list(event)}
    answered = max(lists[name]["stageTimestamp"] for name in ("roles", "rolebindings", "clusterrolebindings"))
    assert answered < lists["grants"]["requestReceivedTimestamp"]


def is_list(event: Mapping[str, Any]) -> bool:
    """Whether this was one of the reconciler's own lists."""
    return event["verb"] == "list" and event["user"]["username"].endswith(":reconciler")


@pytest.mark.not_even_once
def test_a_revocation_is_not_held_back_by_a_status_that_is_written_meanwhile(stage):
    granted(stage, "busy")
    with opened(stage) as cluster:
        report = revoke(Busy(cluster, stage), ThreadPool(1), "busy")
    assert [each for each in report.outcomes if isinstance(each, Failed)] == []
    assert ended(stage, "busy")


class Busy(Delegate):
    """A cluster on which somebody writes the record's status just before our first write."""

    def __init__(self, cluster: ClusterWriter, stage: FaultyStage) -> None:
        super().__init__(cluster)
        self.stage = stage
        self.touched = False

    def replace(self, live: LiveObject, manifest: Manifest) -> LiveObject:
        if not self.touched:
            self.touched = True
            status = dict(live.manifest.get("status") or {}) | {"message": "seen meanwhile"}
            with opened(self.stage) as other:
                other.replace_status(live.key, {**live.manifest, "status": status})
        return self.cluster.replace(live, manifest)


class Overtaken(Delegate):
    """A cluster on which a whole other run goes by just before our first write."""

    def __init__(self, cluster: ClusterWriter, stage: FaultyStage) -> None:
        super().__init__(cluster)
        self.stage: FaultyStage | None = stage

    def create(self, manifest: Manifest) -> LiveObject:
        if (stage := self.stage) is not None:
            self.stage = None
            # The API server tells its time in whole seconds, and two decisions of the same second would be the same.
            time.sleep(1.1)
            run(stage)
        return self.cluster.create(manifest)


class Lockstep(Delegate):
    """A cluster on which another run makes each write of ours just before us."""

    def create(self, manifest: Manifest) -> LiveObject:
        self.cluster.create(manifest)
        return self.cluster.create(manifest)

    def replace(self, live: LiveObject, manifest: Manifest) -> LiveObject:
        self.cluster.replace(live, manifest)
        return self.cluster.replace(live, manifest)

    def replace_status(self, key: ObjectKey, manifest: Manifest) -> None:
        self.cluster.replace_status(key, manifest)
        self.cluster.replace_status(key, manifest)

    def delete(self, live: LiveObject) -> None:
        self.cluster.delete(live)
        self.cluster.delete(live)


def run_in_process(stage: FaultyStage, *, stop_after: int) -> tuple[RunReport, list[str]]:
    """Reconcile once, killed before the write after so many; the report and the writes of a run that was not."""
    with opened(stage) as cluster:
        stopping = Stopping(cluster, stop_after)
        return run_by(stage, stopping, ThreadPool(1)), stopping.made


@pytest.mark.not_even_once
def test_a_run_that_is_stopped_before_any_of_its_writes_is_finished_by_the_next_one(stage):
    writes = None
    for number, name in enumerate(CRASHES):
        stage.ask(name, seconds=LONG)
        with suppress(StoppedError):
            _, writes = run_in_process(stage, stop_after=number)
        recorded = [each["spec"]["request"]["name"] for each in stage.custom("grants")]
        assert name in recorded or not (stage.may(name) or stage.left(name)), f"access without a record after {number}"
        run(stage)
        assert state(stage, name) == GRANTED, f"stopped after {number}"
    # The last run was not stopped: there is no place in between that was left out.
    assert writes == [
        "create Grant",
        "create BreakglassSession",
        "create ClusterRole",
        "create ClusterRoleBinding",
        "create LedgerPage",
        "status Grant",
        "status BreakglassSession",
        "replace Checkpoint",
    ]
    for number, name in enumerate(CRASHES):
        with opened(stage) as cluster:
            stopping = Stopping(cluster, number)
            with suppress(StoppedError):
                revoke(stopping, ThreadPool(1), name)
            settled(stage.admin)
            assert stage.may(name) is (number < 2), f"stopped after {stopping.made}"
            sweep(cluster, ThreadPool())
        if number:
            assert state(stage, name) == ENDED, f"stopped after {number}"
    run(stage)
    with opened(stage) as cluster:
        verdict = verify_cluster(cluster, Ed25519Signer().verify).verdict
    assert verdict is not None
    assert verdict.findings == ()
    # However often runs were stopped or overtaken, each decision was told once, and each end.
    told = Counter((each.kind, each.facts["decision"]) for each in verdict.entries if each.kind != "granted")
    assert set(told.values()) == {1}
    assert Counter(kind for kind, _ in told)["decided"] == len(stage.custom("grants"))
