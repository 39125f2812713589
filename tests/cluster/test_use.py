"""What a real API server's audit log says of grants: who used which, and what goes on after the end, by real calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gitops_breakglass.adapters.audit_log.file import read_on
from gitops_breakglass.core.use.tally import identity
from tests.cluster.faulty_stage import CLUSTER, FaultyStage
from tests.cluster.harness.becoming import eventually, settled

ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: pod-exec-access}
rules:
  - {apiGroups: [""], resources: [pods], verbs: [get, list, watch]}
  - {apiGroups: [""], resources: [pods/exec], verbs: [get, create]}
"""
PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    folder = tmp_path_factory.mktemp("use")
    stage = FaultyStage(folder, ["holds", "calls", "hides", "idles"])
    text = (stage.world.path / "breakglass.yaml").read_text()
    reached = f"kubernetes: {{kubeconfig: {stage.reconciler_config}}}"
    assert reached in text
    log = f"{reached}, auditLog: {{file: {stage.server.audit_log}}}"
    (role,) = [
        each for each in (stage.world.path / "policies" / "rbac").iterdir() if "pod-exec-access" in each.read_text()
    ]
    # A websocket asks with `get`, and a watch is what the seed's role has not.
    stage.world.policy({"breakglass.yaml": text.replace(reached, log), f"policies/rbac/{role.name}": ROLE})
    shell = "policies/escalations/pod-shell-access.yaml"
    (text,) = [(stage.world.path / shell).read_text()]
    stage.world.policy({shell: text.replace("30m", "1m")})
    stage.install()
    yield stage
    stage.close()


@pytest.fixture(autouse=True)
def own_state(stage: FaultyStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(stage.folder / "state"))


def granted(stage, name):
    stage.ask(name, seconds=600)
    assert f"granted   {CLUSTER}/{name}" in stage.reconcile().stdout
    eventually(lambda: stage.may(name))


def use(stage, name):
    return stage.record(name)["status"].get("use", {})


def used(stage, name):
    return {f"{each['verb']} {each['resource']}" for each in use(stage, name).get("used", ())}


def test_a_watch_and_an_exec_that_are_held_open_across_the_end_are_named_and_nothing_new_passes(stage):
    granted(stage, "holds")
    stage.objects.pod("default", "web-0")
    subject = stage.users("holds@example.com")
    seen = subject.watch(PODS)
    with subject.open_exec("default", "web-0") as shell, seen:
        stage.reconcile()
        assert sorted(each["target"]["verb"] for each in use(stage, "holds")["openStreams"]) == ["get", "watch"]
        stage.run("revoke", f"{CLUSTER}/holds")
        settled(stage.admin)
        assert subject.status("GET", PODS) == 403
        assert subject.exec("default", "web-0").status == 403
        shell.send("still here\n")
        assert seen.next_event()
        said = stage.reconcile().stdout
        assert "holds@example.com: watch pods default since" in said
        assert "holds@example.com: get pods/exec default/web-0 since" in said
        assert "the grant has ended, and no new call passes; this one goes on" in said
    eventually(lambda: "open " not in stage.reconcile().stdout)
    assert use(stage, "holds")["openStreams"] == []


def test_calls_are_counted_once_and_told_by_their_right(stage):
    granted(stage, "calls")
    subject = stage.users("calls@example.com")
    before = use(stage, "calls").get("calls", 0)
    for _ in range(3):
        assert subject.status("GET", PODS) == 200
    stage.reconcile()
    stage.reconcile()
    first = use(stage, "calls")
    assert first["calls"] >= before + 3
    assert used(stage, "calls") == {"list pods"}
    assert "lastUsed" in first and "until" in first
    stage.reconcile()
    assert use(stage, "calls")["calls"] == first["calls"]


def test_a_caller_who_gives_all_calls_one_id_hides_none_of_them(stage):
    granted(stage, "hides")
    stage.reconcile()
    before = use(stage, "hides")["calls"]
    subject = stage.users("hides@example.com")
    for _ in range(3):
        assert subject.request("GET", PODS, headers={"Audit-ID": "mine"}).status == 200
    stage.reconcile()
    assert use(stage, "hides")["calls"] == before + 3
    calls = [each for each in read_on(stage.server.audit_log, None).batch.calls if each.audit_id == "mine"]
    assert len(calls) == 3
    assert len({identity(each) for each in calls}) == 3


def test_whoever_can_t_sign_in_leaves_no_gap_in_the_log(stage):
    """Else anybody who reaches the API server could keep every session from ending as idle."""
    mark = stage.server.audit_mark()
    assert stage.admin.request("GET", PODS, headers={"Authorization": "Bearer nobody-s"}).status == 401
    event = stage.server.wait_audit(lambda event: event.get("responseStatus", {}).get("code") == 401, mark)
    assert event["user"] == {}
    assert read_on(stage.server.audit_log, None).batch.unreadable == 0


def test_a_session_that_nobody_uses_ends_by_what_the_log_shows(stage):
    stage.ask("idles", seconds=600)
    stage.reconcile()
    # Until its idle timeout of a minute is over; a call of its own would be use.
    assert stage.left("idles") == ["role", "binding"]
    eventually(lambda: f"{CLUSTER}/idles ends before its window does" in stage.reconcile().stdout, seconds=150)
    assert stage.left("idles") == []
    status = stage.record("idles")["status"]
    assert (status["state"], status["endReason"]) == (
        "IdleExpired",
        "it was not used for as long as its idle timeout",
    )
    assert not stage.may("idles")
    (session,) = [
        each["status"]
        for each in stage.custom("breakglasssessions", "breakglass.t-caas.telekom.com")
        if each["spec"]["user"] == "idles@example.com"
    ]
    assert (session["state"], session["reasonEnded"]) == ("IdleExpired", "idleTimeout")
    assert stage.sweep().exit_code == 0
    assert stage.record("idles")["status"]["state"] == "IdleExpired"
