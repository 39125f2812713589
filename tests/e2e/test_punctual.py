"""The punctual path: what is known to end goes at its end by the cluster's own time, not before, without a list."""

from datetime import timedelta

import pytest

from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.ends.punctual import RE_ASK, end_known, ends_in, until_end
from gitops_breakglass.model.kube import EXPIRES_AT
from gitops_breakglass.model.outcome import Applied, Failed
from tests.e2e.stage import START, Stage

POOL = ThreadPool(4)
SECOND = timedelta(seconds=1)


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.granted("prod/inc-1")
    return stage


def known(stage):
    return ends_in(stage.cluster.read())


def test_what_is_known_to_end_is_each_binding_at_its_end(stage):
    (end,) = known(stage)
    assert end.delete.live.key.kind in {"RoleBinding", "ClusterRoleBinding"}
    assert end.at.strftime("%Y-%m-%dT%H:%M:%SZ") == end.delete.live.annotations[EXPIRES_AT]


def test_it_is_waited_for_exactly_as_long_as_the_cluster_s_clock_needs(stage):
    ends = known(stage)
    assert until_end(stage.cluster, ends) == ends[0].at - stage.clock.now()
    assert until_end(stage.cluster, ()) is None


def test_just_before_an_end_the_cluster_is_asked_again_soon_and_at_it_the_binding_goes(stage):
    ends = known(stage)
    stage.passes(seconds=(ends[0].at - START - timedelta(milliseconds=1)).total_seconds())
    assert until_end(stage.cluster, ends) == RE_ASK
    stage.passes(milliseconds=1)
    (told,) = end_known(stage.cluster, POOL, ends)
    assert isinstance(told, Applied)
    assert (told.key, told.late) == (ends[0].delete.live.key, 0.0)
    assert stage.live() == ["ClusterRole"]


def test_the_sweep_that_follows_does_the_rest_and_closes_the_record(stage):
    ends = known(stage)
    stage.passes(seconds=(ends[0].at - stage.clock.now()).total_seconds())
    end_known(stage.cluster, POOL, ends)
    assert [each for each in stage.sweep().outcomes if isinstance(each, Failed)] == []
    assert stage.live() == []
    (record,) = [each for each in stage.cluster.read().objects if each.key.kind == "Grant"]
    assert record.manifest["status"]["endedBy"] == "sweeper"


def test_what_somebody_else_ended_first_is_told_by_them(stage):
    ends = known(stage)
    stage.passes(hours=2)
    stage.sweep()
    assert end_known(stage.cluster, POOL, ends) == []


def test_what_was_revoked_is_due_at_once(stage):
    state = stage.cluster.read()
    record = next(each for each in state.objects if each.key.kind == "Grant")
    stage.cluster.replace(
        record, {**record.manifest, "spec": {**record.manifest["spec"], "revokedAt": "2026-01-01T00:00:00Z"}}
    )
    (end,) = known(stage)
    assert end.at == stage.clock.now()
    assert [type(each) for each in end_known(stage.cluster, POOL, (end,))] == [Applied]


def test_a_record_that_says_falsely_that_it_ended_keeps_its_binding_no_longer(stage):
    """Whoever may write statuses must not be able to keep a binding on for longer by it."""
    (before,) = known(stage)
    says_ended(stage)
    binding = before.delete.live
    later = {**binding.manifest["metadata"], "annotations": {**binding.annotations, EXPIRES_AT: "2030-01-01T00:00:00Z"}}
    stage.cluster.replace(binding, {**binding.manifest, "metadata": later})
    (end,) = known(stage)
    assert end.at <= before.at


def test_what_a_run_made_that_slept_while_its_grant_ended_goes_at_once(stage):
    """It was withdrawn in git, so nothing on the cluster but its record says that it is over."""
    says_ended(stage)
    (end,) = known(stage)
    assert end.at == stage.clock.now()
    stage.sweep()
    assert stage.live() == []


def says_ended(stage):
    record = next(each for each in stage.cluster.read().objects if each.key.kind == "Grant")
    status = {**record.manifest["status"], "endedAt": "2026-01-01T00:00:00Z"}
    stage.cluster.replace_status(record.key, {**record.manifest, "status": status})
