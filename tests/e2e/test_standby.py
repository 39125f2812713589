"""Where somebody else holds a cluster's Lease nothing is granted, and everything that is over ends all the same."""

from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.report.run_json import run_as_json
from gitops_breakglass.report.run_text import run_as_text
from tests.e2e.stage import Stage

WHY = "pod-b holds its Lease"


def granted_stage(tmp_path):
    stage = Stage(tmp_path)
    stage.alice.requests("prod/inc-1")
    stage.ben.approves("prod/inc-1")
    stage.world.merge("prod/inc-1")
    return stage


def hands_of(stage, why=None):
    return Hands(stage.cluster, stage.signer, ThreadPool(2), standby=lambda: why)


def test_a_standby_grants_nothing_and_asks_neither_git_nor_forge(tmp_path):
    stage = granted_stage(tmp_path)

    def read():
        raise AssertionError("nobody is asked")

    report = reconcile([hands_of(stage, WHY)], read)
    assert stage.live() == []
    assert [each.standby for each in report.clusters] == [WHY]
    assert f"  on standby, nothing is granted from here: {WHY}\n" in run_as_text(report)
    assert f'"standby": "{WHY}"' in run_as_json(report)


def test_a_standby_ends_what_is_over(tmp_path):
    stage = granted_stage(tmp_path)
    stage.reconcile()
    assert stage.live()
    stage.clock.sleep(3 * 3600)
    report = reconcile([hands_of(stage, WHY)], stage.sources)
    assert stage.live() == []
    assert all(outcome.verb == "deleted" for outcome in report.clusters[0].outcomes if outcome.late is not None)


def test_the_holder_of_one_cluster_grants_there_beside_a_standby_of_another(tmp_path):
    stage = granted_stage(tmp_path)
    other = hands_of(stage, WHY)
    report = reconcile([other, hands_of(stage)], stage.sources)
    assert [each.standby for each in report.clusters] == [WHY, ""]
    assert stage.live()
