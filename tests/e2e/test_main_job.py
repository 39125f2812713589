"""The main job on the embedded default: a merged, approved request becomes access, and ends."""

import shutil

import pytest

from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.plan.ownership import is_record
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.model.decision import Denied
from gitops_breakglass.model.outcome import Applied, Failed
from tests.e2e.stage import Stage

GRANTED = ["ClusterRole", "ClusterRoleBinding"]


def test_a_merged_approved_request_becomes_access_and_ends_by_sweep_alone(tmp_path):
    stage = Stage(tmp_path)
    assert stage.live() == []
    stage.granted("prod/inc-1")
    assert stage.live() == GRANTED
    assert stage.plan().is_empty
    shutil.rmtree(stage.world.path)
    stage.passes(minutes=59, seconds=59)
    assert stage.sweep().outcomes == ()
    assert stage.live() == GRANTED
    stage.passes(seconds=1)
    outcomes = stage.sweep().outcomes
    assert not [each for each in outcomes if isinstance(each, Failed)]
    assert [each.key.kind for each in outcomes if isinstance(each, Applied)][:2] == [
        "ClusterRoleBinding",
        "ClusterRole",
    ]
    assert stage.live() == []
    assert stage.sweep().outcomes == ()


def test_the_state_is_written_beside_the_access(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    resource = next(each for each in stage.cluster.read().objects if each.key.kind == "BreakglassSession")
    assert resource.manifest["spec"] == {
        "cluster": "prod",
        "user": "alice@example.com",
        "grantedGroup": "pod-exec-access",
        "maxValidFor": "1h",
        "retainFor": "720h",
        "requestReason": "INC-1: connections time out",
    }
    assert resource.manifest["status"]["state"] == "Approved"
    assert resource.manifest["status"]["approver"] == "ben"
    assert resource.manifest["status"]["approvalReason"] == "go ahead"
    stage.passes(hours=1)
    stage.reconcile()
    resource = next(each for each in stage.cluster.read().objects if each.key.kind == "BreakglassSession")
    assert (resource.manifest["status"]["state"], resource.manifest["status"]["reasonEnded"]) == (
        "Expired",
        "timeExpired",
    )
    assert resource.manifest["status"]["retainedUntil"] == "2026-04-09T04:00:00Z"
    record = next(each for each in stage.cluster.read().objects if is_record(each))
    assert record.manifest["status"]["endedAt"] == "2026-03-10T04:00:00Z"
    assert [each["kind"] for each in record.manifest["status"]["inventory"]] == ["ClusterRole", "ClusterRoleBinding"]


def test_a_plan_made_again_after_applying_is_empty_and_a_run_again_changes_nothing(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    before = stage.cluster.read().objects
    assert stage.reconcile().outcomes == ()
    assert stage.cluster.read().objects == before


def test_overlapping_requests_of_one_person_do_not_cut_each_other_short(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1", duration="30m")
    stage.passes(minutes=10)
    stage.granted("prod/inc-2", duration="1h", reason="INC-2: more")
    assert stage.live() == [*GRANTED[:1] * 2, *GRANTED[1:] * 2]
    stage.passes(minutes=25)
    stage.reconcile()
    assert stage.live() == GRANTED
    stage.passes(minutes=35)
    stage.reconcile()
    assert stage.live() == []


def test_deleting_the_file_ends_the_access_and_it_never_comes_back(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    path = "requests/prod/inc-1.yaml"
    content = (stage.world.path / path).read_text()
    stage.world.policy({path: None}, message="Done early")
    stage.reconcile()
    assert stage.live() == []
    stage.world.policy({path: content}, message="Back again")
    report = stage.reconcile()
    assert isinstance(stage.decision(report, "prod/inc-1"), Denied)
    assert stage.live() == []


def test_deleting_the_escalation_ends_its_grants(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    stage.dana.commits({"policies/shell.yaml": None, "policies/none.yaml": "---\n"}, on="policy/gone")
    report = stage.reconcile()
    assert report.outcomes == ()
    stage.erin.commits({"policies/shell.yaml": None}, on="policy/removed")
    stage.dana.approves_policy("policy/removed")
    stage.world.merge("x", branch="policy/removed")
    stage.reconcile()
    assert stage.live() == []


def test_rules_that_leave_the_source_leave_the_grant(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    text = stage.policy_files["policies/shell.yaml"].replace("verbs: [get, list]", "verbs: [get]")
    stage.erin.commits({"policies/shell.yaml": text}, on="policy/less")
    stage.dana.approves_policy("policy/less")
    stage.world.merge("x", branch="policy/less")
    stage.reconcile()
    role = next(each for each in stage.cluster.read().objects if each.key.kind == "ClusterRole")
    assert role.manifest["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]},
    ]


def test_rules_that_come_to_the_source_do_not_come_to_the_grant(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    text = stage.policy_files["policies/shell.yaml"].replace("verbs: [get, list]", "verbs: [get, list, delete]")
    stage.erin.commits({"policies/shell.yaml": text}, on="policy/more")
    stage.dana.approves_policy("policy/more")
    stage.world.merge("x", branch="policy/more")
    assert stage.plan().is_empty


def test_a_scheduled_start_opens_later(tmp_path):
    stage = Stage(tmp_path)
    content = (
        "apiVersion: breakglass.t-caas.telekom.com/v1alpha1\nkind: BreakglassSession\nmetadata:\n  name: inc-1\nspec:\n"
        "  escalation: pod-shell-access\n  maxValidFor: 1h\n  requestReason: planned\n"
        "  scheduledStartTime: 2026-03-10T05:00:00Z\n"
    )
    stage.granted("prod/inc-1", content=content)
    assert stage.live() == []
    stage.passes(hours=2)
    stage.reconcile()
    assert stage.live() == GRANTED
    stage.passes(hours=1)
    stage.reconcile()
    assert stage.live() == []


def test_a_fast_forward_of_one_commit_is_a_merge_too(tmp_path):
    stage = Stage(tmp_path)
    stage.alice.requests("prod/inc-1")
    stage.ben.approves("prod/inc-1")
    stage.world.merge("prod/inc-1", how="ff")
    stage.reconcile()
    assert stage.live() == GRANTED


def test_a_first_run_that_is_killed_after_its_first_record_is_gone_on_with(tmp_path):
    stage = Stage(tmp_path)
    stage.alice.requests("prod/inc-1")
    stage.ben.approves("prod/inc-1")
    stage.world.merge("prod/inc-1")

    class Killed(BaseException):
        pass

    class Dying(ManifestsCluster):
        def create(self, manifest):
            if manifest["kind"] == "BreakglassSession":
                raise Killed
            return super().create(manifest)

    dying = Dying("prod", tmp_path / "out" / "prod", stage.clock)
    with pytest.raises(Killed):
        reconcile([Hands(dying, stage.signer, ThreadPool(1))], stage.sources)
    report = stage.reconcile()
    assert report.plan.held == ()
    assert stage.live() == GRANTED
