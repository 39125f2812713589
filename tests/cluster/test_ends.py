"""Access ends under faults, by the sweeper's own account alone: judged by the subjects' real calls and by what is left.

One cluster and one story: the grants come from a real reconcile, each is disturbed in its own way, and then all ends.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signing import Ed25519Signer
from gitops_breakglass.core.record import digest_of
from gitops_breakglass.core.render.grant import render_window
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows.apply import Hands, apply
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, REQUEST, key_of
from gitops_breakglass.model.outcome import Applied
from gitops_breakglass.model.plan import ClusterPlan, Create
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.rules import PolicyRule
from gitops_breakglass.model.window import Window
from tests.cluster.faulty_stage import CLUSTER, RBAC, FaultyStage
from tests.cluster.harness.becoming import eventually, settled

SECONDS = 60
MANY = 50
BOTH = ["clusterroles", "clusterrolebindings"]

UNLABELLED = ("label-taken-off", "labels-taken-off")
"""The binding, or both, lost our managed-by label; the decision that they state still tells them from others'."""
FINALIZED = ("finalizer-on-binding", "finalizer-on-role", "finalizer-on-both")
LOSES_AT_ONCE = ("nothing", *FINALIZED, "role-deleted", *UNLABELLED)
"""Whatever was done to these, one sweep ends them and leaves nothing."""
STANDS_WITHOUT_RIGHTS = ("webhook-on-delete", "policy-on-delete", "marks-taken-off")
"""Their binding can't be deleted by the sweeper, but gives nothing any more."""
FROZEN = "webhook-on-all"
"""Neither its binding nor its Role can be changed or deleted."""
UNMARKED = "all-marks-taken-off"
"""Neither its binding nor its Role can be told from others' by the API server, so the fence refuses the sweeper."""
STILL_HOLD = (FROZEN, UNMARKED)
UNREADABLE = "unreadable-end"
"""Its window is long, and somebody made the end that its binding states unreadable."""
ALL = (*LOSES_AT_ONCE, *STANDS_WITHOUT_RIGHTS, *STILL_HOLD, UNREADABLE)
NAMESAKE = f"{RBAC}/namespaces/default/rolebindings/bg-namesake"


@dataclass
class Story:
    """What was seen: who may, what is left and which records have ended, by request."""

    before: dict[str, bool] = field(default_factory=dict)
    during: dict[str, bool] = field(default_factory=dict)
    down: str = ""
    swept: str = ""
    swept_again: str = ""
    after: dict[str, bool] = field(default_factory=dict)
    left: dict[str, list[str]] = field(default_factory=dict)
    ended: dict[str, bool] = field(default_factory=dict)
    rules: dict[str, list[object]] = field(default_factory=dict)
    many_before: list[bool] = field(default_factory=list)
    many_after: list[bool] = field(default_factory=list)
    many_left: list[str] = field(default_factory=list)
    lifted: str = ""
    finally_may: dict[str, bool] = field(default_factory=dict)
    finally_left: dict[str, list[str]] = field(default_factory=dict)
    finally_ended: dict[str, bool] = field(default_factory=dict)
    last: str = ""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyStage]:
    """One cluster on which a binding of others has had our prefix since before the installation."""
    stage = FaultyStage(tmp_path_factory.mktemp("ends"), list(ALL))
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    subject = {"apiGroup": ref["apiGroup"], "kind": "User", "name": "namesake@example.com"}
    meta = {"name": "bg-namesake", "annotations": {EXPIRES_AT: "2020-01-01T00:00:00Z"}}
    collection = NAMESAKE.rpartition("/")[0]
    stage.admin.must("POST", collection, {"metadata": meta, "roleRef": ref, "subjects": [subject]})
    stage.install()
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def story(stage: FaultyStage) -> Story:
    """Live through it once."""
    story = Story(before={name: stage.may(name) for name in ALL})
    others = stage.objects.snapshot(NAMESAKE)
    for name in ALL:
        stage.ask(name, seconds=600 if name == UNREADABLE else SECONDS)
    stage.reconcile()
    begun = time.monotonic()
    story.during = {name: stage.may(name) for name in (*ALL, "namesake")}
    end = stage.record("nothing")["status"]["expiresAt"]
    make_many(stage, datetime.fromisoformat(end))
    settled(stage.admin)
    story.many_before = [stage.may(f"many-{number}") for number in range(0, MANY, 7)]
    assert time.monotonic() - begun < SECONDS - 10, "the machine is too slow for these windows"
    refusing = disturb(stage)
    shutil.move(stage.world.path, stage.folder / "moved-away")
    stage.wait_until(end)

    stage.server.kill()
    story.down = stage.sweep(code=7).stdout
    stage.server.start()
    eventually(lambda: all(stage.is_refused(path) for path in refusing.values()))

    story.swept = stage.sweep(code=6).stdout
    story.after, story.left, story.ended = look(stage)
    story.rules = {name: stage.admin.must("GET", stage.role(name))["rules"] for name in (*STILL_HOLD, UNREADABLE)}
    story.many_after = [stage.may(f"many-{number}") for number in range(MANY)]
    story.many_left = [each for each in stage.ours() if "/bg-many-" in each]
    story.swept_again = stage.sweep(code=6).stdout

    for path in refusing:
        # A server that has just started refuses for a while what a policy with parameters is about.
        eventually(lambda path=path: stage.admin.status("DELETE", path) in {200, 404})
    for path in unmarked(stage):
        stage.admin.must("DELETE", path)
    eventually(lambda: not any(stage.is_refused(path) for path in refusing.values()))
    story.lifted = stage.sweep().stdout
    story.finally_may, story.finally_left, story.finally_ended = look(stage)
    story.last = stage.sweep().stdout
    stage.objects.untouched(others, NAMESAKE)
    return story


def disturb(stage: FaultyStage) -> dict[str, str]:
    """Do to each grant what its name says; what refuses, and an object whose deletion it refuses."""
    with stage.unguarded():
        finalizers = {"metadata": {"finalizers": ["example.com/holds"]}}
        for name in ("binding", "both"):
            stage.disturb(stage.binding(f"finalizer-on-{name}"), finalizers)
        for name in ("role", "both"):
            stage.disturb(stage.role(f"finalizer-on-{name}"), finalizers)
        for path in (stage.binding(UNLABELLED[0]), stage.binding(UNLABELLED[1]), stage.role(UNLABELLED[1])):
            stage.disturb(path, {"metadata": {"labels": {MANAGED_BY: None}}})
        no_marks = {"labels": {MANAGED_BY: None, REQUEST: None}, "annotations": {DECISION: None}}
        for path in unmarked(stage):
            stage.disturb(path, {"metadata": no_marks})
        stage.disturb(stage.binding(UNREADABLE), {"metadata": {"annotations": {EXPIRES_AT: "at midnight"}}})
    stage.admin.must("DELETE", stage.role("role-deleted"))
    delete = {"resources": ["clusterrolebindings"], "operations": ["DELETE"]}
    everything = {"resources": BOTH, "operations": ["UPDATE", "DELETE"]}
    refusing = {
        stage.refuse_by_webhook("webhook-on-delete", **delete): stage.binding("webhook-on-delete"),
        stage.refuse_by_webhook(FROZEN, **everything): stage.binding(FROZEN),
        stage.refuse_by_policy("policy-on-delete", **delete): stage.binding("policy-on-delete"),
    }
    eventually(lambda: all(stage.is_refused(path) for path in refusing.values()))
    return refusing


def unmarked(stage: FaultyStage) -> tuple[str, ...]:
    """What loses every mark by which the API server could tell it from others'."""
    return stage.binding("marks-taken-off"), stage.binding(UNMARKED), stage.role(UNMARKED)


def look(stage: FaultyStage) -> tuple[dict[str, bool], dict[str, list[str]], dict[str, bool]]:
    """Who may, what is left, and whose record says that it has ended."""
    return (
        {name: stage.may(name) for name in (*ALL, "namesake")},
        {name: stage.left(name) for name in ALL},
        {name: "endedAt" in stage.record(name)["status"] for name in ALL},
    )


def make_many(stage: FaultyStage, end: datetime) -> None:
    """Apply fifty decisions at once as the reconciler, all of which end at the same moment."""
    with KubernetesCluster(CLUSTER, KubernetesTarget(str(stage.reconciler.kubeconfig))) as cluster:
        state = cluster.read()
        window = Window(state.now, end)
        statements = [statement(number, window, state.uid) for number in range(MANY)]
        creations = [
            Create(key_of(manifest), manifest, each.uid, "its window is open")
            for each in statements
            for manifest in render_window(each, window, each.scopes, digest_of(print_statement(each)))
        ]
        plan = ClusterPlan(CLUSTER, state.now, decisions=tuple(statements), creations=tuple(creations))
        outcomes = apply(plan, Hands(cluster, Ed25519Signer(stage.folder / "signing-key"), ThreadPool()))
    assert [each for each in outcomes if not isinstance(each, Applied)] == []


def statement(number: int, window: Window, cluster_uid: str) -> Statement:
    """One decision: its subject may list pods."""
    request = RequestId(CLUSTER, f"many-{number}")
    rule = PolicyRule(verbs=("get", "list"), api_groups=("",), resources=("pods",))
    return Statement(
        repository="acme/access",
        cluster=CLUSTER,
        cluster_uid=cluster_uid,
        request=request,
        kind="BreakglassSession",
        uid=hashlib.sha256(request.name.encode()).hexdigest()[:32],
        path=request.path,
        blob="b" * 40,
        landing="c" * 40,
        decided_at=window.start,
        outcome="granted",
        subject=Subject("User", f"{request.name}@example.com"),
        windows=(window,),
        scopes=(ScopedRules("", (rule,), "a test"),),
        spec={
            "cluster": CLUSTER,
            "user": f"{request.name}@example.com",
            "grantedGroup": "pod-exec-access",
            "maxValidFor": "1m",
        },
    )


def line_of(text: str, kind: str, name: str) -> list[str]:
    """The lines of a report on one object of a request, from their first word to the object's name."""
    found = [line.strip() for line in text.splitlines() if re.search(rf"\b{kind} bg-{name}-[0-9a-f]{{10}}\b", line)]
    return [re.sub(r"\s+", " ", line) for line in found]


def test_before_nobody_may_and_meanwhile_everybody(story):
    assert story.before == dict.fromkeys(ALL, False)
    assert story.during == dict.fromkeys((*ALL, "namesake"), True)


def test_a_sweep_of_a_cluster_that_is_down_says_that_it_knows_nothing(story):
    assert "unreachable, so unknown" in story.down


@pytest.mark.threat("D2")
@pytest.mark.threat("D6")
@pytest.mark.parametrize("name", LOSES_AT_ONCE)
@pytest.mark.not_even_once
def test_one_sweep_after_the_end_takes_all_of_it(story, name):
    assert not story.after[name]
    assert story.left[name] == []
    assert story.ended[name]


@pytest.mark.parametrize("name", STANDS_WITHOUT_RIGHTS)
def test_a_binding_that_can_t_be_deleted_gives_nothing_after_the_first_sweep(story, name):
    assert not story.after[name]
    assert "binding" in story.left[name]
    (failed,) = line_of(story.swept, "ClusterRoleBinding", name)
    assert failed.startswith("failed ")
    assert "ACCESS MAY STILL HOLD" not in failed


@pytest.mark.threat("D7")
@pytest.mark.parametrize("name", ["webhook-on-delete", "policy-on-delete"])
def test_the_role_of_a_binding_that_stays_is_emptied_in_the_same_sweep(story, name):
    words = [line.split()[0] for line in line_of(story.swept, "ClusterRole", name)]
    assert words == ["emptied", "deleted"]


@pytest.mark.parametrize("name", STILL_HOLD)
def test_what_can_neither_be_deleted_nor_emptied_is_loud_and_still_holds(story, name):
    assert story.after[name]
    assert story.left[name] == ["role", "binding"]
    assert story.rules[name]
    (failed,) = line_of(story.swept, "ClusterRoleBinding", name)
    assert failed.startswith("failed ")
    assert "ACCESS MAY STILL HOLD" in failed
    assert ("nothing goes on a Sunday" if name == FROZEN else "the fence") in failed


def test_it_is_tried_again_by_each_sweep_and_stays_loud(story):
    for name in (*STANDS_WITHOUT_RIGHTS, *STILL_HOLD):
        (failed,) = line_of(story.swept_again, "ClusterRoleBinding", name)
        assert failed.startswith("failed ")
        assert ("ACCESS MAY STILL HOLD" in failed) is (name in STILL_HOLD)


def test_a_binding_whose_stated_end_can_t_be_read_ends_at_once(story):
    assert not story.after[UNREADABLE]
    assert story.left[UNREADABLE] == ["role"]
    assert story.rules[UNREADABLE]
    assert line_of(story.swept, "ClusterRole", UNREADABLE) == []


@pytest.mark.not_even_once
def test_a_record_says_that_it_has_ended_only_after_all_of_it_is_gone(story):
    assert [name for name, ended in story.ended.items() if ended] == list(LOSES_AT_ONCE)
    assert [name for name, ended in story.finally_ended.items() if not ended] == [UNREADABLE]


def test_when_nothing_refuses_any_more_the_next_sweep_leaves_nothing(story):
    assert {name: may for name, may in story.finally_may.items() if may} == {"namesake": True}
    assert {name: left for name, left in story.finally_left.items() if left} == {UNREADABLE: ["role"]}
    assert line_of(story.lifted, "ClusterRoleBinding", FROZEN)[0].startswith("deleted ")
    assert story.last.splitlines()[-1].strip() == "nothing to do"


def test_a_namesake_of_others_goes_on_as_ever(story):
    assert (story.during["namesake"], story.after["namesake"], story.finally_may["namesake"]) == (True, True, True)
    assert "bg-namesake" not in story.swept + story.swept_again + story.lifted


@pytest.mark.not_even_once
def test_fifty_grants_that_end_at_once_are_all_gone_after_one_sweep(story):
    assert story.many_before == [True] * 8
    assert story.many_after == [False] * MANY
    assert story.many_left == []
    assert len(re.findall(r"deleted +ClusterRoleBinding bg-many-", story.swept)) == MANY
