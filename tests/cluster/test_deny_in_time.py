"""What deny policies keep from a grant is kept from before it appears until after it has gone, whatever becomes of the runs.

The subject makes the denied calls for real and without a break; should one of them ever pass, an object is gone.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.revoke import revoke
from tests.cluster.deny_stage import (
    CLUSTER,
    FORBIDDEN,
    INTO_PODS,
    LONG,
    PRIVILEGED,
    RBAC,
    DenyStage,
    deny,
    escalation,
    role,
)
from tests.cluster.hammer import Hammer, hammering
from tests.cluster.harness.actor import Actor
from tests.cluster.harness.becoming import becomes, eventually
from tests.cluster.reconcile_stage import opened, run_by
from tests.cluster.stopping import StoppedError, Stopping

PEOPLE = ["runs", "swept", "restarts", "crashes", "twice", "tampered", "both", "root", "labels"]
SECRETS, MAPS = "/api/v1/namespaces/shop/secrets", "/api/v1/namespaces/shop/configmaps"
KEEPS = "every thread of the subject has made its calls"
RULE = {"apiGroups": [""], "resources": ["secrets", "configmaps"], "verbs": ["get", "delete"]}
LATER = "policies/deny/later.yaml"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DenyStage]:
    files = escalation("deletes") | role("deletes", RULE, INTO_PODS)
    keep = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["keep-*"]}
    here = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["delete"]}
    protected = {"selectorTerms": [{"matchLabels": {"protected": "yes"}}]}
    files |= deny(
        "keeps",
        rules=[{**keep, "verbs": ["delete"]}, {**keep, "verbs": ["get"]}, {**here, "namespaces": protected}],
    )
    files |= deny(
        "no-privileged",
        podSecurityRules={
            "riskFactors": {"privilegedContainer": 100},
            "thresholds": [{"maxScore": 50, "action": "allow"}, {"maxScore": 100, "action": "deny"}],
        },
    )
    stage = DenyStage(tmp_path_factory.mktemp("in-time"), PEOPLE, files)
    stage.install()
    stage.namespace("shop")
    stage.namespace("other")
    stage.objects.pod("shop", "plain")
    stage.objects.pod("shop", "privileged", spec=PRIVILEGED)
    for path, name in ((SECRETS, "keep-1"), (SECRETS, "other-1"), (MAPS, "later-1"), (MAPS, "other-1")):
        stage.admin.must("POST", path, {"metadata": {"name": name}})
    # A run makes the first checkpoint.
    stage.reconcile()
    yield stage
    stage.close()


def entered(who: Actor, pod: str, *, spdy: bool) -> int:
    return who.exec("shop", pod, spdy=spdy).status


@contextmanager
def tried(stage: DenyStage, name: str) -> Iterator[Hammer]:
    """Have the subject try what is denied, and what is not, as long as the block lasts; nothing denied ever passes."""
    there = [stage.admin.must("GET", f"{SECRETS}/keep-1")["metadata"]["uid"]]
    with hammering(stage.subject(name)) as hammer:
        hammer.go_on_with("denied", lambda who: who.status("DELETE", f"{SECRETS}/keep-1"))
        hammer.go_on_with("denied, fresh", lambda who: who.status("DELETE", f"{SECRETS}/keep-1"), fresh=True)
        hammer.go_on_with("denied read", lambda who: who.status("GET", f"{SECRETS}/keep-1"))
        hammer.go_on_with("denied exec", lambda who: entered(who, "privileged", spdy=True), fresh=True)
        hammer.go_on_with("denied websocket", lambda who: entered(who, "privileged", spdy=False), fresh=True)
        hammer.go_on_with("allowed", lambda who: who.status("DELETE", f"{SECRETS}/other-1?dryRun=All"))
        hammer.go_on_with("allowed exec", lambda who: entered(who, "plain", spdy=True), fresh=True)
        yield hammer
        eventually(lambda: not hammer.passes_now("allowed"), "the grant is still there")
        eventually(lambda: not hammer.passes_now("allowed exec"), "the grant is still there")
        calls = {each: len(seen) for each, seen in hammer.seen.items()}
        eventually(lambda: all(len(seen) > max(20, calls[each] + 2) for each, seen in hammer.seen.items()), KEEPS)
    assert {
        each: hammer.passed(each) for each in hammer.seen if each.startswith("denied") and hammer.passed(each)
    } == {}
    assert min(hammer.passed(each) for each in ("allowed", "allowed exec")) > 0
    assert [stage.admin.must("GET", f"{SECRETS}/keep-1")["metadata"]["uid"]] == there


def is_granted(hammer: Hammer) -> None:
    """Wait until both neighbours of the denied calls pass."""
    for each in ("allowed", "allowed exec"):
        eventually(lambda each=each: hammer.passes_now(each), f"{each} does not pass")


@pytest.mark.not_even_once
def test_nothing_denied_passes_while_runs_come_and_policies_come_and_go(stage: DenyStage):
    with tried(stage, "runs") as hammer:
        stage.grants("runs", "deletes")
        stage.reconcile()
        is_granted(hammer)
        stage.reconcile()
        stage.change(
            "more",
            deny(
                "later",
                rules=[
                    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["delete"], "resourceNames": ["later-*"]}
                ],
            ),
        )
        stage.reconcile()
        hammer.go_on_with("denied later", lambda who: who.status("DELETE", f"{MAPS}/later-1?dryRun=All"))
        stage.reconcile()
        eventually(lambda: len(hammer.seen["denied later"]) > 20, KEEPS)
        # Once it has gone it may pass again, so that it is looked at before.
        assert hammer.passed("denied later") == 0
        del hammer.seen["denied later"]
        stage.change("less", {LATER: None})
        stage.reconcile()
        stage.reconcile()
        becomes(200, lambda: stage.subject("runs").status("DELETE", f"{MAPS}/later-1?dryRun=All"))
        is_granted(hammer)
        stage.run("revoke", f"{CLUSTER}/runs")


@pytest.mark.not_even_once
def test_nothing_denied_passes_when_the_sweeper_ends_it_at_its_time(stage: DenyStage):
    with tried(stage, "swept") as hammer:
        stage.grants("swept", "deletes", seconds=40)
        stage.reconcile()
        is_granted(hammer)
        stage.wait_until(stage.record("swept")["status"]["expiresAt"])
        stage.sweep()
    assert (stage.left("swept"), stage.custom("guardparameters")) == ([], [])


@pytest.mark.not_even_once
def test_nothing_denied_passes_when_two_runs_meet(stage: DenyStage):
    command = [sys.executable, "-m", "gitops_breakglass", "reconcile", "--repo", str(stage.world.path)]
    command += ["--key", str(stage.folder / "signing-key")]
    with tried(stage, "twice") as hammer:
        stage.grants("twice", "deletes")
        both = [
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)
        ]
        said = [each.communicate(timeout=300)[0] for each in both]
        assert [each.returncode for each in both] == [0, 0], said
        is_granted(hammer)
        stage.run("revoke", f"{CLUSTER}/twice")


# Connections that the server drops when it is killed are nobody's to close.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.not_even_once
def test_nothing_denied_passes_while_the_api_server_starts_again(stage: DenyStage):
    with tried(stage, "restarts") as hammer:
        stage.grants("restarts", "deletes")
        stage.reconcile()
        is_granted(hammer)
        hammer.is_server_up = False
        stage.server.kill()
        stage.server.start()
        is_granted(hammer)
        hammer.is_server_up = True
        stage.run("revoke", f"{CLUSTER}/restarts")
    gc.collect()


@pytest.mark.not_even_once
def test_nothing_denied_passes_when_runs_are_killed_after_each_of_their_writes(stage: DenyStage):
    with tried(stage, "crashes") as hammer, opened(stage) as cluster:
        stage.grants("crashes", "deletes")
        written: list[str] = []
        for _ in range(30):
            stopping = Stopping(cluster, 1)
            try:
                run_by(stage, stopping, ThreadPool(1))
            except StoppedError:
                written += stopping.made
                continue
            break
        assert [each for each in written if "Guard" in each or "Role" in each] == [
            "create GuardParameters",
            "create ClusterRole",
            "create ClusterRoleBinding",
        ]
        is_granted(hammer)
        ended: list[str] = []
        with suppress(StoppedError):
            revoke(Stopping(cluster, 1), ThreadPool(1), "crashes")
        for _ in range(30):
            stopping = Stopping(cluster, 1)
            try:
                sweep(stopping, ThreadPool(1))
            except StoppedError:
                ended += stopping.made
                continue
            break
        assert [each for each in ended if each.startswith("delete")] == [
            "delete ClusterRoleBinding",
            "delete ClusterRole",
            "delete GuardParameters",
        ]


def test_parameters_that_can_t_be_read_refuse_and_those_that_are_lost_are_made_again_and_told(stage: DenyStage):
    stage.grants("tampered", "deletes")
    stage.reconcile()
    who, path = stage.subject("tampered"), stage.parameters("tampered")
    other, kept = f"{MAPS}/other-1?dryRun=All", f"{SECRETS}/keep-1?dryRun=All"
    assert (who.status("DELETE", other), who.status("DELETE", kept)) == (200, FORBIDDEN)

    spec = stage.admin.must("GET", path)["spec"]
    broken = [{**each, "namePattern": "(", "names": ["("]} for each in spec["rules"]]
    assert stage.admin.status("PATCH", path, {"spec": {"rules": broken}}) == FORBIDDEN
    stage.reconciler.must("PATCH", path, {"spec": {"rules": broken}})
    eventually(
        lambda: who.status("DELETE", f"{SECRETS}/other-1?dryRun=All") != 200, "what can't be read is passed over"
    )
    assert who.status("DELETE", kept) != 200
    stage.reconcile()
    eventually(lambda: who.status("DELETE", f"{SECRETS}/other-1?dryRun=All") == 200, "it is not put right")
    assert stage.admin.must("GET", path)["spec"] == spec
    assert who.status("DELETE", kept) == FORBIDDEN

    stage.admin.must("DELETE", path)
    assert "it was made and somebody took it away; it is made again" in stage.reconcile().stdout
    assert stage.admin.must("GET", path)["spec"] == spec
    assert who.status("DELETE", kept) == FORBIDDEN
    becomes(200, lambda: who.status("DELETE", other))
    stage.run("revoke", f"{CLUSTER}/tampered")


def test_a_namespace_that_is_labelled_is_closed_at_once(stage: DenyStage):
    stage.grants("labels", "deletes")
    stage.reconcile()
    who, path = stage.subject("labels"), f"{MAPS}/other-1?dryRun=All"
    assert who.status("DELETE", path) == 200
    for value, status in (("yes", FORBIDDEN), ("no", 200), ("yes", FORBIDDEN), (None, 200)):
        stage.admin.must("PATCH", "/api/v1/namespaces/shop", {"metadata": {"labels": {"protected": value}}})
        eventually(lambda status=status: who.status("DELETE", path) == status, f"protected: {value}")
    stage.run("revoke", f"{CLUSTER}/labels")


CALLS = (
    ("GET", SECRETS),
    ("GET", f"{SECRETS}/keep-1"),
    ("DELETE", f"{SECRETS}/keep-1?dryRun=All"),
    ("DELETE", f"{SECRETS}/other-1?dryRun=All"),
    ("PATCH", f"{SECRETS}/keep-1?dryRun=All"),
    ("DELETE", "/api/v1/namespaces/other/configmaps/kube-root-ca.crt?dryRun=All"),
    ("GET", "/api/v1/nodes"),
)


def can(who: Actor) -> dict[tuple[str, str], int]:
    """What somebody may do, by doing it."""
    found = {
        (method, path): who.status(method, path, {"metadata": {}} if method == "PATCH" else None)
        for method, path in CALLS
    }
    return found | {("exec", pod): who.exec("shop", pod).status for pod in ("plain", "privileged")}


def test_standing_rights_are_as_they_were_but_where_the_grant_gives_and_denies_the_same(stage: DenyStage):
    both, stands = stage.subject("both"), stage.users.fresh("stands")
    root = stage.subject("root")
    more = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "patch", "delete"]}
    for who in (both, stands):
        stage.objects.grant("shop", who.name, more, INTO_PODS)
    subject = {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": root.name}
    ref = {"kind": "ClusterRole", "apiGroup": "rbac.authorization.k8s.io", "name": "cluster-admin"}
    binding = {"metadata": {"name": "standing-root"}, "roleRef": ref, "subjects": [subject]}
    stage.admin.must("POST", f"{RBAC}/clusterrolebindings", binding)
    eventually(lambda: root.status("GET", "/api/v1/nodes") == 200, "the standing role is not in force")
    before = {who.name: can(who) for who in (both, stands, root)}
    stage.grants("both", "deletes", seconds=LONG)
    stage.grants("root", "deletes", seconds=LONG)
    stage.reconcile()
    during = {who.name: can(who) for who in (both, stands, root)}
    assert during[stands.name] == before[stands.name]
    changed = {
        who.name: {call: after for call, after in during[who.name].items() if after != before[who.name][call]}
        for who in (both, root)
    }
    # Reads add up; what admission refuses is refused whoever allows it, but for whoever may do everything in pods.
    kept = {("DELETE", f"{SECRETS}/keep-1?dryRun=All"): FORBIDDEN}
    given = {("DELETE", "/api/v1/namespaces/other/configmaps/kube-root-ca.crt?dryRun=All"): 200}
    assert changed == {both.name: kept | given | {("exec", "privileged"): FORBIDDEN}, root.name: kept}
    for name in ("both", "root"):
        stage.run("revoke", f"{CLUSTER}/{name}")
    eventually(lambda: {who.name: can(who) for who in (both, stands, root)} == before, "it is not as it was")
