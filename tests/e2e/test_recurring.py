"""Recurring access from its approval to its last window: each occurrence has RBAC of its own, and loses it."""

from gitops_breakglass.core.plan.ownership import is_grant_object
from tests.e2e.attacks import one
from tests.e2e.ledgers import holds
from tests.e2e.recurring import GIVEN, at, daily, ends, listed, record, run_at, state, told


def test_each_window_gives_access_of_its_own_and_takes_it_away(tmp_path):
    stage = daily(tmp_path, more=", maxActivations: 2")
    assert (stage.live(), state(stage), listed(stage)) == ([], "WaitingForScheduledTime", [])
    run_at(stage, at(10, 9))
    first = one(stage, "ClusterRole").key.name
    assert (stage.live(), state(stage)) == (GIVEN, "Approved")
    assert ends(stage) == ["2026-03-10T10:00:00Z"]
    assert listed(stage) == [("10 09:00", None)]
    run_at(stage, at(10, 10, 0, 7))
    assert (stage.live(), state(stage)) == ([], "WaitingForScheduledTime")
    assert listed(stage) == [("10 09:00", "10 10:00:07")]
    run_at(stage, at(11, 9, 30))
    assert one(stage, "ClusterRole").key.name != first
    assert ends(stage) == ["2026-03-11T10:00:00Z"]
    run_at(stage, at(11, 10, 0, 3))
    assert (stage.live(), state(stage)) == ([], "Expired")
    assert record(stage).ended_at == at(11, 10, 0, 3)
    assert told(stage) == [
        "decided",
        "granted",
        ("ended", "2026-03-10T09:00:00Z", "expired", 7.0),
        "granted",
        ("ended", "2026-03-11T09:00:00Z", "expired", 3.0),
        ("ended", None, "expired", 3.0),
    ]
    assert holds(stage)
    assert record(stage).uids == {}
    run_at(stage, at(20, 9, 30))
    assert (stage.live(), len(told(stage))) == ([], 6)


def test_an_endless_schedule_goes_on_and_its_record_does_not_grow(tmp_path):
    stage = daily(tmp_path)
    sizes = set()
    for day in range(10, 20):
        run_at(stage, at(day, 9, 1))
        assert ends(stage) == [f"2026-03-{day}T10:00:00Z"]
        run_at(stage, at(day, 10))
        assert stage.live() == []
        status = dict(record(stage).live.manifest["status"])
        sizes.add((len(status["occurrences"]), len(status["inventory"]), len(status["ledger"]["granted"])))
    assert sizes == {(1, 0, 0)}
    assert state(stage) == "WaitingForScheduledTime"
    assert "gitops-breakglass.dev/expires-at" not in record(stage).live.annotations
    assert len([each for each in told(stage) if each[0] == "ended"]) == 10
    assert holds(stage)


def test_a_request_that_is_approved_late_counts_from_its_merge(tmp_path):
    stage = daily(tmp_path, more=', start: "2026-03-01T00:00:00Z", maxActivations: 1')
    run_at(stage, at(10, 9))
    assert stage.live() == GIVEN
    run_at(stage, at(10, 10))
    assert (stage.live(), state(stage)) == ([], "Expired")


def test_a_file_that_is_deleted_between_windows_ends_the_request_at_once(tmp_path):
    stage = daily(tmp_path)
    run_at(stage, at(10, 9))
    run_at(stage, at(10, 10))
    stage.world.policy({"requests/prod/daily.yaml": None}, message="Done")
    run_at(stage, at(10, 11))
    assert (state(stage), record(stage).ended_at) == ("Expired", at(10, 11))
    assert told(stage)[-1] == ("ended", None, "deleted", None)
    run_at(stage, at(11, 9))
    assert stage.live() == []


def test_a_file_that_is_deleted_within_a_window_takes_the_access_at_once(tmp_path):
    stage = daily(tmp_path)
    run_at(stage, at(10, 9))
    stage.world.policy({"requests/prod/daily.yaml": None}, message="Done")
    run_at(stage, at(10, 9, 30))
    assert (stage.live(), state(stage)) == ([], "Expired")
    assert told(stage)[-2:] == [
        ("ended", "2026-03-10T09:00:00Z", "deleted", None),
        ("ended", None, "deleted", None),
    ]


def test_an_object_that_loses_its_label_is_ended_with_its_window_by_the_sweeper_alone(tmp_path):
    stage = daily(tmp_path)
    run_at(stage, at(10, 9))
    for live in [each for each in stage.cluster.read().objects if is_grant_object(each)]:
        metadata = {**live.manifest["metadata"], "labels": {}}
        stage.cluster.replace(live, {**live.manifest, "metadata": metadata})
    keys = [key for each in record(stage).occurrences for key in each.objects]
    assert sorted(key.kind for key in keys if stage.cluster.get(key)) == GIVEN
    run_at(stage, at(10, 10), "sweep")
    assert [key for key in keys if stage.cluster.get(key)] == []
    assert listed(stage) == [("10 09:00", "10 10:00:00")]
    assert record(stage).occurrences[0].ended_by == "sweeper"
