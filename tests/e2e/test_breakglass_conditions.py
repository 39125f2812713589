"""The status of a Breakglass through whole runs: nothing flips to and fro, and a late run says what a punctual one would."""

import pytest

from gitops_breakglass.flows.status import cluster_status
from gitops_breakglass.report.status import status_as_text
from tests.e2e.attacks import one, writes
from tests.e2e.recurring import OFFER
from tests.e2e.stage import Stage

DAILY = """\
apiVersion: access.cloudnimbus.io/v1alpha1
kind: Breakglass
metadata: {name: daily}
spec:
  schedule: {cron: "0 9 * * *", duration: 1h, maxActivations: 3}
  clusterRoles: [pod-exec-access]
"""


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path, more=OFFER)
    asks(stage)
    return stage


def asks(stage):
    stage.alice.requests("prod/daily", DAILY)
    stage.ben.approves("prod/daily")
    stage.world.merge("prod/daily")
    stage.reconcile()


def status(stage):
    return one(stage, "Breakglass").manifest["status"]


def told(stage):
    return {
        each["type"]: f"{each['status']} {each['reason']} {each['lastTransitionTime']}"
        for each in status(stage)["conditions"]
    }


@pytest.mark.parametrize("hours", [0, 6, 8, 30.5, 55])
def test_a_second_run_or_sweep_at_the_same_moment_writes_nothing(stage, hours):
    stage.passes(hours=hours)
    stage.reconcile()
    before = one(stage, "Breakglass").manifest
    assert stage.reconcile().outcomes == ()
    assert stage.sweep().outcomes == ()
    assert one(stage, "Breakglass").manifest == before


def test_a_run_after_days_says_what_punctual_ones_would(stage):
    stage.passes(days=1, hours=8)
    stage.reconcile()
    assert told(stage) == {
        "Approved": "True ManualApproval 2026-03-10T03:00:00Z",
        "Expired": "False AccessGranted 2026-03-10T03:00:00Z",
        "RecurringActive": "False RecurringWaiting 2026-03-11T10:00:00Z",
        "RecurringPending": "True RecurringWaiting 2026-03-11T10:00:00Z",
    }
    assert (status(stage)["activationCount"], status(stage)["nextActivationAt"]) == (2, "2026-03-12T09:00:00Z")
    stage.passes(days=30)
    stage.sweep()
    assert told(stage) == {
        "Approved": "True ManualApproval 2026-03-10T03:00:00Z",
        "Expired": "True MaxActivationsReached 2026-04-10T11:00:00Z",
        "RecurringActive": "False MaxActivationsReached 2026-03-12T10:00:00Z",
        "RecurringPending": "False MaxActivationsReached 2026-03-12T09:00:00Z",
    }
    assert status(stage)["activationCount"] == 3
    assert "nextActivationAt" not in status(stage)


@pytest.mark.parametrize(("hours", "active"), [(1, "2026-03-10T03:00:00Z"), (6.5, "2026-03-10T09:30:00Z")])
def test_deleting_the_file_ends_it_at_once_in_a_window_and_between(stage, hours, active):
    stage.passes(hours=hours)
    stage.reconcile()
    stage.world.policy({"requests/prod/daily.yaml": None}, message="Done")
    stage.reconcile()
    assert told(stage)["Expired"].startswith("True AccessRevoked")
    assert told(stage)["RecurringActive"] == f"False AccessRevoked {active}"
    assert status(stage)["conditions"][-1]["message"] == "Access was revoked: its file was deleted"
    assert stage.live() == []
    before = status(stage)
    stage.passes(days=9)
    stage.reconcile()
    assert status(stage) == before
    shown = status_as_text([cluster_status(stage.cluster, stage.signer.verify)], (), only="daily")
    assert f"{before['activationCount']} of 3 windows have begun; none comes after" in shown


def test_a_field_that_somebody_put_there_goes(stage):
    stage.passes(days=3)
    stage.reconcile()
    before = status(stage)
    writes(stage, one(stage, "Breakglass"), lambda live: live["status"].update(nextActivationAt="2030-01-01T00:00:00Z"))
    stage.reconcile()
    assert status(stage) == before


def test_status_tells_the_activations_and_the_next_window(stage):
    stage.passes(hours=6)
    stage.reconcile()
    shown = status_as_text([cluster_status(stage.cluster, stage.signer.verify)], (), only="daily")
    assert "the next at 2026-03-11 09:00:00 UTC" in shown
    failed = {"type": "Failed", "status": "True", "reason": "RBACForbidden", "message": "no\n\x1b[31m"}
    writes(stage, one(stage, "Breakglass"), lambda live: live["status"]["conditions"].append(failed))
    shown = status_as_text([cluster_status(stage.cluster, stage.signer.verify)], (), only="daily")
    assert "      RBACForbidden: no" in shown
    assert "\x1b" not in shown


def test_the_resource_s_spec_fills_in_what_the_operator_s_form_needs(tmp_path):
    stage = Stage(tmp_path, more=OFFER)
    more = "  approval: {required: true, approvers: [ben@example.com]}\n  ticketID: INC-7\n"
    ends = DAILY.replace("maxActivations: 3", "maxActivations: 3, end: 2026-04-01T00:00:00Z")
    stage.alice.requests("prod/daily", ends + more)
    stage.ben.approves("prod/daily")
    stage.world.merge("prod/daily")
    stage.reconcile()
    assert one(stage, "Breakglass").manifest["spec"] == {
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice@example.com"}],
        "justification": "requested as prod/daily",
        "approval": {"required": True, "approvers": ["ben@example.com"]},
        "ticketID": "INC-7",
        "clusterRoles": ["pod-exec-access"],
        "schedule": {
            "cron": "0 9 * * *",
            "location": "UTC",
            "duration": "1h",
            "start": "2026-03-10T03:00:00Z",
            "end": "2026-04-01T00:00:00Z",
            "maxActivations": 3,
        },
    }
