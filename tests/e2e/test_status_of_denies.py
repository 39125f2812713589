"""What status tells of deny policies: how they are held, and that what only refuses gives no access."""

from gitops_breakglass.flows.status import cluster_status
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, MANAGER, NAMESPACE, OUR_API, REQUEST
from gitops_breakglass.report.status import status_as_text
from tests.e2e.stage import POD_SHELL, Stage

DENY = """\
apiVersion: breakglass.t-caas.telekom.com/v1alpha1
kind: DenyPolicy
metadata: {name: no-lists}
spec:
  rules: [{verbs: [list], apiGroups: ["*"], resources: ["*"]}]
"""


def test_what_was_taken_from_a_grant_is_told_in_every_later_run(tmp_path):
    stage = Stage(tmp_path, policies=f"{POD_SHELL}---\n{DENY}")
    stage.granted("prod/inc-1")
    for _ in range(2):
        told = status_as_text([cluster_status(stage.cluster, stage.signer.verify)], (), only=None)
        assert "      subtracted by no-lists: list pods\n" in told
        stage.reconcile()


def test_parameters_that_are_left_over_are_no_access_that_should_have_ended(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    (record,) = [each for each in stage.cluster.read().objects if each.key.kind == "Grant"]
    uid = record.labels[REQUEST]
    left = {
        "apiVersion": OUR_API,
        "kind": "GuardParameters",
        "metadata": {
            "name": "bg-inc-1-0123456789",
            "namespace": NAMESPACE,
            "labels": {MANAGED_BY: MANAGER, REQUEST: uid},
            "annotations": {EXPIRES_AT: "2026-03-10T04:00:00Z", DECISION: record.annotations[DECISION]},
        },
        "spec": {"subject": {"kind": "User", "name": "alice@example.com"}, "rules": []},
    }
    stage.passes(hours=1)
    stage.sweep()
    stage.cluster.create(left)
    (told,) = cluster_status(stage.cluster, stage.signer.verify).requests
    assert (told.live, [note for note in told.notes if "OVERDUE" in note]) == ((), [])
