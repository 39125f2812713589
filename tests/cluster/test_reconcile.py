"""Reconcile on a real API server, as the reconciler's own account: access goes early, faults stay small, runs may collide.

One installed cluster; each test has a request and a subject of its own. A second cluster of the repository is down.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.cli import wiring
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.flows.revoke import revoke
from gitops_breakglass.flows.sweep import sweep
from gitops_breakglass.model.kube import DECISION, NAMESPACE, LiveObject, Manifest, ObjectKey
from gitops_breakglass.model.outcome import Failed, RunReport
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.ports import ClusterWriter
from tests.cluster.faulty_stage import BINDINGS, CLUSTER, ROLES, FaultyStage
from tests.cluster.harness import programs
from tests.git.world import session

DOWN = "prod-cluster-2"
LONG = 600
CRASHES = tuple(f"crash-{number}" for number in range(8))
PEOPLE = [
    "revoked", "removed", "widened", "edited", "one-of-two", "collides", "twice-1", "twice-2", "planned", "grows",
    "meanwhile", "busy", "overtaken", "lockstep", *CRASHES,
]  # fmt: skip
LISTS = (
    *(f"/apis/rbac.authorization.k8s.io/v1/{plural}" for plural in ("roles", "rolebindings", "clusterroles")),
    BINDINGS,
    *(
        f"/apis/{group}/v1alpha1/namespaces/{NAMESPACE}/{plural}"
        for group, plural in (
            ("access.gitops-breakglass.dev", "grants"),
            ("access.gitops-breakglass.dev", "checkpoints"),
            ("access.gitops-breakglass.dev", "trustroots"),
            ("breakglass.t-caas.telekom.com", "breakglasssessions"),
            ("access.cloudnimbus.io", "breakglasses"),
        )
    ),
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    """A repository of two clusters: one installed, and one where nothing listens."""
    stage = FaultyStage(tmp_path_factory.mktemp("reconcile"), PEOPLE)
    dead = stage.folder / "dead.kubeconfig"
    dead.write_text(str(programs.kubeconfig("https://127.0.0.1:9", stage.server.ca, {"token": "none"})))
    path = stage.world.path
    text = (path / "breakglass.yaml").read_text()
    entry = f"clusters:\n  {DOWN}: {{kubernetes: {{kubeconfig: {dead}}}}}\n"
    second = (path / "clusters" / f"{CLUSTER}.yaml").read_text().replace(CLUSTER, DOWN)
    stage.world.policy({"breakglass.yaml": text.replace("clusters:\n", entry, 1), f"clusters/{DOWN}.yaml": second})
    stage.install()
    yield stage
    stage.close()


def run(stage: FaultyStage, *, code: int = 0, cluster: str = CLUSTER) -> str:
    """Reconcile the living cluster once; what it said."""
    return str(
        stage.run("reconcile", "--cluster", cluster, "--key", str(stage.folder / "signing-key"), code=code).stdout
    )


def granted(stage: FaultyStage, name: str, seconds: int = LONG) -> None:
    """Have a request granted, and see that it is."""
    stage.ask(name, seconds=seconds)
    said = run(stage)
    assert f"granted   {CLUSTER}/{name}" in said
    assert stage.may(name)


def ended(stage: FaultyStage, name: str) -> bool:
    """Whether nothing is left, and the record says so."""
    return not stage.may(name) and stage.left(name) == [] and "endedAt" in stage.record(name)["status"]


def test_a_revoked_request_ends_at_once_and_does_not_come_back(stage):
    granted(stage, "revoked")
    stage.run("revoke", f"{CLUSTER}/revoked")
    assert ended(stage, "revoked")
    run(stage)
    assert ended(stage, "revoked")


def test_a_deleted_file_ends_the_access_and_added_again_it_gives_none(stage):
    granted(stage, "removed")
    path = f"requests/{CLUSTER}/removed.yaml"
    content = (stage.world.path / path).read_text()
    stage.world.policy({path: None}, message="Done early")
    run(stage)
    assert ended(stage, "removed")
    stage.world.policy({path: content}, message="Back again")
    run(stage)
    assert ended(stage, "removed")
    stage.world.policy({path: None}, message="Done")


def test_a_role_that_somebody_widened_is_shrunk_to_what_was_decided(stage):
    granted(stage, "widened")
    role = stage.role("widened")
    rules = stage.admin.must("GET", role)["rules"]
    more = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}
    secrets = "/api/v1/namespaces/default/secrets"
    subject = stage.users("widened@example.com")
    with stage.unguarded():
        stage.disturb(role, {"rules": [*rules, more]})
    assert subject.status("GET", secrets) == 200
    assert "shrunk" in run(stage)
    assert stage.admin.must("GET", role)["rules"] == rules
    assert (subject.status("GET", secrets), stage.may("widened")) == (403, True)


def test_a_binding_that_somebody_edited_is_ended_and_not_made_again(stage):
    granted(stage, "edited")
    stranger = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "stranger@example.com"}
    with stage.unguarded():
        stage.disturb(stage.binding("edited"), {"subjects": [stranger]})
    assert stage.may("stranger")
    assert "deleted   ClusterRoleBinding bg-edited-" in run(stage)
    assert not stage.may("stranger")
    assert "conflict ClusterRoleBinding bg-edited-" in run(stage)
    assert (stage.may("edited"), stage.left("edited")) == (False, ["role"])


def test_of_two_clusters_the_one_that_is_down_fails_alone(stage):
    stage.ask("one-of-two", seconds=12)
    key = str(stage.folder / "signing-key")
    said = stage.run("reconcile", "--key", key, code=7).stdout
    mine, other = said.split(f"{DOWN}\n")
    assert f"granted   {CLUSTER}/one-of-two" in mine
    assert "unreachable, so unknown" in other
    assert stage.may("one-of-two")
    stage.wait_until(stage.record("one-of-two")["status"]["expiresAt"])
    assert "deleted   ClusterRoleBinding bg-one-of-two-" in stage.run("reconcile", "--key", key, code=7).stdout
    assert ended(stage, "one-of-two")


def test_an_object_of_others_that_has_our_name_is_left_alone_and_told(stage):
    stage.ask("collides", seconds=LONG)
    # The name holds the first sight of the merge, which the first run takes: so that one is not let further.
    with pytest.raises(_StoppedError):
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


def test_two_reconcilers_at_once_make_one_grant_of_each_request(stage):
    stage.ask("twice-1", seconds=LONG)
    stage.ask("twice-2", seconds=LONG)
    key = str(stage.folder / "signing-key")
    command = [sys.executable, "-m", "gitops_breakglass", "reconcile", "--repo", str(stage.world.path)]
    command += ["--cluster", CLUSTER, "--key", key]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
    said = [each.communicate(timeout=60)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    for name in ("twice-1", "twice-2"):
        assert stage.may(name)
        assert stage.left(name) == ["role", "binding"]
        assert [each["spec"]["request"]["name"] for each in stage.custom("grants")].count(name) == 1
    assert "nothing to do" in run(stage)


def test_a_run_that_another_one_overtakes_leaves_the_decision_that_is_there(stage):
    stage.ask("overtaken", seconds=LONG)
    with opened(stage) as cluster:
        report = run_by(stage, Overtaken(cluster, stage), ThreadPool())
    assert [each for each in report.clusters[0].outcomes if isinstance(each, Failed)] == []
    assert state(stage, "overtaken") == GRANTED
    record, (checkpoint,) = stage.record("overtaken"), stage.custom("checkpoints")
    assert json.loads(checkpoint["spec"]["payload"])["ledger"] == record["metadata"]["annotations"][DECISION]
    assert "nothing to do" in run(stage)


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


def test_plan_changes_nothing(stage):
    stage.ask("planned", seconds=LONG)
    before = versions(stage)
    said = stage.run("plan", "--cluster", CLUSTER, "--exit-code", code=4).stdout
    assert f"granted   {CLUSTER}/planned" in said
    assert versions(stage) == before
    run(stage)
    assert stage.may("planned")


def versions(stage: FaultyStage) -> dict[str, str]:
    """The version of every object that a run could write."""
    return {
        f"{path}/{each['metadata'].get('namespace', '')}/{each['metadata']['name']}": each["metadata"][
            "resourceVersion"
        ]
        for path in LISTS
        for each in stage.admin.must("GET", path)["items"]
    }


def test_what_lies_above_the_ceiling_is_refused_whole_and_the_rest_is_granted(stage):
    path = stage.world.path / "policies/escalations/pod-shell-access.yaml"
    more = path.read_text().replace("pod-shell-access", "widget-access").replace("pod-exec-access", "widget-access")
    role = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: widget-access}\n"
        "rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get, list]}]\n"
    )
    files = {"policies/escalations/widget-access.yaml": more, "policies/rbac/widget-access.yaml": role}
    stage.world.person("lead").commits(files, on="policy/grows", message="Offer more")
    stage.world.person("dana").approves_policy("policy/grows")
    stage.world.merge("x", branch="policy/grows")
    what = f"{CLUSTER}/grows"
    content = session("grows", escalation="widget-access", duration=f"{LONG}s")
    stage.world.person("grows").requests(what, content)
    stage.world.person("lead").approves(what, "go ahead")
    stage.world.merge(what)
    stage.ask("meanwhile", seconds=LONG)
    said = run(stage, code=6)
    assert "failed    ClusterRole bg-grows-" in said
    assert "lies above the ceiling" in said
    assert "`gitops-breakglass install` again" in said
    assert "skipped   ClusterRoleBinding bg-grows-" in said
    # Nobody serves them, so who may read them is told that there are none.
    widgets = "/apis/example.com/v1/widgets"
    subject = stage.users("grows@example.com")
    assert (stage.left("grows"), subject.status("GET", widgets)) == ([], 403)
    assert stage.may("meanwhile")
    stage.install()
    run(stage)
    assert (stage.left("grows"), subject.status("GET", widgets)) == (["role", "binding"], 404)


def test_a_revocation_is_not_held_back_by_a_status_that_is_written_meanwhile(stage):
    granted(stage, "busy")
    with opened(stage) as cluster:
        report = revoke(Busy(cluster, stage), ThreadPool(1), "busy")
    assert [each for each in report.outcomes if isinstance(each, Failed)] == []
    assert ended(stage, "busy")


class _StoppedError(Exception):
    """The process was killed just before a write."""


class Delegate:
    """A cluster that hands everything on to another one."""

    def __init__(self, cluster: ClusterWriter) -> None:
        self.cluster = cluster
        self.name = cluster.name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cluster, name)


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


class Stopping(Delegate):
    """A cluster that stands for a process that is killed before its write number `writes` + 1."""

    def __init__(self, cluster: ClusterWriter, writes: int) -> None:
        super().__init__(cluster)
        self.writes = writes
        self.made: list[str] = []

    def create(self, manifest: Manifest) -> LiveObject:
        self._write(f"create {manifest['kind']}")
        return self.cluster.create(manifest)

    def replace(self, live: LiveObject, manifest: Manifest) -> LiveObject:
        self._write(f"replace {live.key.kind}")
        return self.cluster.replace(live, manifest)

    def replace_status(self, key: ObjectKey, manifest: Manifest) -> None:
        self._write(f"status {key.kind}")
        self.cluster.replace_status(key, manifest)

    def delete(self, live: LiveObject) -> None:
        self._write(f"delete {live.key.kind}")
        self.cluster.delete(live)

    def _write(self, what: str) -> None:
        if len(self.made) >= self.writes:
            raise _StoppedError(what)
        self.made.append(what)


@contextmanager
def opened(stage: FaultyStage) -> Iterator[KubernetesCluster]:
    """The cluster as the reconciler reaches it."""
    with KubernetesCluster(CLUSTER, KubernetesTarget(str(stage.reconciler.kubeconfig))) as cluster:
        yield cluster


def run_in_process(stage: FaultyStage, *, stop_after: int) -> tuple[RunReport, list[str]]:
    """Reconcile once, killed before the write after so many; the report and the writes of a run that was not."""
    with opened(stage) as cluster:
        stopping = Stopping(cluster, stop_after)
        return run_by(stage, stopping, ThreadPool(1)), stopping.made


def run_by(stage: FaultyStage, cluster: ClusterWriter, pool: ThreadPool) -> RunReport:
    """Reconcile once, in this process."""
    sources = wiring.open_sources(wiring.RepositoryOptions(stage.world.path, "main", None))
    return reconcile([Hands(cluster, Ed25519Signer(stage.folder / "signing-key"), pool)], sources)


def state(stage: FaultyStage, name: str) -> Mapping[str, object]:
    """What there is of a request, without what is each request's own."""
    record = stage.record(name)
    sessions = stage.custom("breakglasssessions", "breakglass.t-caas.telekom.com")
    return {
        "may": stage.may(name),
        "left": stage.left(name),
        "state": record["status"].get("state"),
        "listed": [each["kind"] for each in record["status"].get("inventory", ())],
        "ended": "endedAt" in record["status"],
        "session": [
            each.get("status", {}).get("state") for each in sessions if each["spec"]["user"] == f"{name}@example.com"
        ],
    }


GRANTED = {
    "may": True,
    "left": ["role", "binding"],
    "state": "Approved",
    "listed": ["ClusterRole", "ClusterRoleBinding"],
    "ended": False,
    "session": ["Approved"],
}
ENDED = {**GRANTED, "may": False, "left": [], "state": "Expired", "ended": True, "session": ["Expired"]}


def test_a_run_that_is_stopped_before_any_of_its_writes_is_finished_by_the_next_one(stage):
    writes = None
    for number, name in enumerate(CRASHES):
        stage.ask(name, seconds=LONG)
        with suppress(_StoppedError):
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
        "status Grant",
        "status BreakglassSession",
        "replace Checkpoint",
    ]
    for number, name in enumerate(CRASHES):
        with opened(stage) as cluster:
            stopping = Stopping(cluster, number)
            with suppress(_StoppedError):
                revoke(stopping, ThreadPool(1), name)
            assert stage.may(name) is (number < 2), f"stopped after {stopping.made}"
            sweep(cluster, ThreadPool())
        if number:
            assert state(stage, name) == ENDED, f"stopped after {number}"
