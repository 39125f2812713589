"""Recurring access from its approval to its last window: each occurrence has RBAC of its own, and loses it."""

from dataclasses import replace

import pytest

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.plan.ownership import is_grant_object
from gitops_breakglass.core.record import DECISION_TYPE, envelope_manifest
from gitops_breakglass.core.statement import print_statement
from gitops_breakglass.flows.apply import Hands, apply
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.look_around import look_around
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.flows.revoke import revoke
from gitops_breakglass.flows.status import cluster_status
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.outcome import ClusterReport, Failed, RunReport, Skipped
from gitops_breakglass.report.run_text import plan_as_text
from gitops_breakglass.report.status import status_as_text
from tests.cluster.stopping import Delegate
from tests.e2e.attacks import one, record_of, writes
from tests.e2e.ledgers import holds
from tests.e2e.recurring import GIVEN, at, daily, ends, listed, record, run_at, state, told

LATER = {"gitops-breakglass.dev/expires-at": "2027-01-01T00:00:00Z"}


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
    report = run_at(stage, at(10, 11))
    # No object goes, so the finding is where the run says it.
    (finding,) = report.plan.findings
    assert finding.rule == "ended-early"
    assert finding.message == "prod/daily on prod ends before its window does: its file was deleted"
    assert (state(stage), record(stage).ended_at) == ("Expired", at(10, 11))
    assert told(stage)[-1] == ("ended", None, "deleted", None)
    assert status_as_text([cluster_status(stage.cluster, stage.signer.verify)], (), only=None).splitlines()[1:] == [
        "  daily  Expired  alice@example.com",
        "      2026-03-10 09:00:00 UTC to 2026-03-10 10:00:00 UTC (1h)",
        "      offer/daily, approved by ben",
        "      1 window has begun; none comes after",
        "      the window of 2026-03-10 09:00:00 UTC ended at 2026-03-10 10:00:00 UTC",
        "      ended at 2026-03-10 11:00:00 UTC; nothing of it is left",
        "      ended early: its file was deleted",
    ]
    run_at(stage, at(11, 9))
    assert stage.live() == []


def test_of_a_request_that_ended_before_its_first_window_no_window_is_told(tmp_path):
    stage = daily(tmp_path)
    stage.world.policy({"requests/prod/daily.yaml": None}, message="Done")
    run_at(stage, at(10, 8))
    (told_now,) = cluster_status(stage.cluster, stage.signer.verify).requests
    assert (told_now.state, told_now.window, told_now.notes) == (
        "Expired",
        None,
        ("ended early: its file was deleted",),
    )
    shown = status_as_text([cluster_status(stage.cluster, stage.signer.verify)], (), only=None)
    assert "      ended at 2026-03-10 08:00:00 UTC; nothing of it is left\n" in shown


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


def test_status_tells_the_next_window_how_many_have_begun_and_how_late_the_last_one_ended(tmp_path):
    stage = daily(tmp_path, more=", maxActivations: 3")
    run_at(stage, at(10, 9))
    run_at(stage, at(10, 10, 0, 42))
    said = status_as_text([cluster_status(stage.cluster, stage.signer.verify)], [], only=None)
    assert said.splitlines()[1:] == [
        "  daily  WaitingForScheduledTime  alice@example.com",
        "      2026-03-11 09:00:00 UTC to 2026-03-11 10:00:00 UTC (1h)",
        "      offer/daily, approved by ben",
        "      1 of 3 windows have begun; the next at 2026-03-11 09:00:00 UTC",
        "      the window of 2026-03-10 09:00:00 UTC ended at 2026-03-10 10:00:42 UTC, 42 s after it was due",
    ]


@pytest.mark.parametrize("moment", [at(10, 9, 30), at(10, 12)])
def test_a_revocation_ends_it_for_good_in_a_window_or_between_two(tmp_path, moment):
    stage = daily(tmp_path)
    run_at(stage, at(10, 9))
    if moment == at(10, 12):
        run_at(stage, at(10, 10))
    stage.clock.sleep((moment - stage.clock.now()).total_seconds())
    revoke(stage.cluster, ThreadPool(2), "daily")
    assert (stage.live(), state(stage), record(stage).ended_at) == ([], "Expired", moment)
    run_at(stage, at(11, 9))
    assert stage.live() == []
    in_window = ("ended", "2026-03-10T09:00:00Z", "revoked", 0.0)
    assert told(stage)[-2:][in_window not in told(stage) :] == [
        *([in_window] if moment == at(10, 9, 30) else []),
        ("ended", None, "revoked", 0.0 if moment == at(10, 9, 30) else None),
    ]
    assert holds(stage)


def test_an_offer_that_allows_no_recurring_access_any_more_ends_it_where_the_next_window_would_open(tmp_path):
    stage = daily(tmp_path)
    run_at(stage, at(10, 9))
    run_at(stage, at(10, 10))
    files = {"breakglass.yaml": stage.policy_files["breakglass.yaml"].replace("recurring: true", "recurring: false")}
    stage.world.policy(files, message="Once only")
    stage.install()
    assert run_at(stage, at(10, 12)).plan.over == {}
    report = run_at(stage, at(11, 9))
    assert [each.rule for each in report.plan.findings] == ["ended-early"]
    assert (stage.live(), state(stage), listed(stage)) == ([], "Expired", [("10 09:00", "10 10:00:00")])


def test_nothing_is_made_of_an_occurrence_that_its_record_could_not_list(tmp_path):
    stage = daily(tmp_path)
    stage.clock.sleep((at(10, 9) - stage.clock.now()).total_seconds())

    class Refusing(Delegate):
        def replace_status(self, key, manifest):
            raise RefusedError(f"{key}: no")

    (report,) = reconcile([Hands(Refusing(stage.cluster), stage.signer, ThreadPool(2))], stage.sources).clusters
    assert stage.live() == []
    assert {each.key.kind for each in report.outcomes if isinstance(each, Skipped)} == set(GIVEN)
    run_at(stage, at(10, 9, 1))
    assert stage.live() == GIVEN


def test_a_revocation_that_comes_between_plan_and_action_lets_nothing_begin(tmp_path):
    stage = daily(tmp_path)
    stage.clock.sleep((at(10, 9) - stage.clock.now()).total_seconds())
    plan = stage.plan()
    revoke(stage.cluster, ThreadPool(2), "daily")
    outcomes = apply(plan, stage.hands)
    assert stage.live() == []
    assert [type(each) for each in outcomes] == [Failed, Skipped, Skipped]


def test_where_the_schedule_cannot_be_read_nothing_opens_and_what_is_there_ends_with_its_window(tmp_path):
    stage = daily(tmp_path, cron="0 9,10 * * *", duration="90m")
    run_at(stage, at(10, 9))
    live = record_of(stage, "daily")
    statement = record(stage).statement
    # As a machine decided it whose time zone data are newer than this one's.
    elsewhere = replace(statement, recurrence=replace(statement.recurrence, location="Mars/Olympus"))
    signed = envelope_manifest(stage.signer.sign(DECISION_TYPE, print_statement(elsewhere)))
    stage.cluster.replace(live, {**live.manifest, "spec": {**live.manifest["spec"], "decision": signed}})
    report = run_at(stage, at(10, 10, 5))
    assert [each.rule for each in report.plan.findings] == ["schedule-unreadable"]
    assert ends(stage) == ["2026-03-10T10:30:00Z"]
    run_at(stage, at(10, 10, 30))
    assert (stage.live(), state(stage)) == ([], "WaitingForScheduledTime")
    assert listed(stage) == [("10 09:00", "10 10:30:00")]


def test_an_occurrence_whose_end_fails_stays_open_on_the_list_until_nothing_of_it_is_left(tmp_path):
    stage = daily(tmp_path)
    run_at(stage, at(10, 9))
    stage.clock.sleep((at(10, 10) - stage.clock.now()).total_seconds())

    class Refusing(Delegate):
        def delete(self, live):
            raise RefusedError(f"{live.key}: no")

    sweep(Refusing(stage.cluster), ThreadPool(2))
    assert listed(stage) == [("10 09:00", None)]
    run_at(stage, at(10, 10, 5))
    assert (stage.live(), listed(stage)) == ([], [("10 09:00", "10 10:05:00")])
    assert told(stage)[-1] == ("ended", "2026-03-10T09:00:00Z", "expired", 300.0)


def test_an_occurrence_that_has_ended_does_not_come_back_where_a_clock_is_set_back(tmp_path):
    stage = daily(tmp_path)
    run_at(stage, at(10, 9))
    run_at(stage, at(10, 10))
    stage.clock = SimulatedClock(at(10, 9, 58))
    stage.cluster = ManifestsCluster("prod", stage.folder / "out" / "prod", stage.clock)
    stage.reconcile()
    assert stage.live() == []
    run_at(stage, at(11, 9))
    assert stage.live() == GIVEN


def test_an_end_that_was_moved_later_on_an_object_is_still_that_of_its_occurrence(tmp_path):
    stage = daily(tmp_path)
    run_at(stage, at(10, 9))
    for live in [each for each in stage.cluster.read().objects if is_grant_object(each)]:
        writes(stage, live, lambda manifest: manifest["metadata"]["annotations"].update(LATER))
    assert ends(stage) == list(LATER.values())
    run_at(stage, at(10, 10), "sweep")
    assert stage.live() == []


def test_what_was_not_over_when_a_run_judged_has_not_ended_when_it_looks_around(tmp_path):
    stage = daily(tmp_path)
    run_at(stage, at(10, 9))
    now = record(stage)
    empty = replace(stage.cluster.read(), objects=(), now=at(10, 10, 0, 1))
    seen = look_around({now.request_uid: now}, empty, judged_at=at(10, 9, 59, 59))
    assert seen.occurrences[now.request_uid] == now.occurrences
    (ended,) = look_around({now.request_uid: now}, empty).occurrences[now.request_uid]
    assert ended.ended_at == at(10, 10, 0, 1)


def test_ends_that_only_the_sweeper_saw_are_all_told_by_the_next_run(tmp_path):
    stage = daily(tmp_path, cron="0 9,10 * * *", duration="90m")
    run_at(stage, at(10, 9))
    run_at(stage, at(10, 10))
    run_at(stage, at(10, 10, 30, 2), "sweep")
    run_at(stage, at(10, 11, 30, 4), "sweep")
    assert listed(stage) == [("10 09:00", "10 10:30:02"), ("10 10:00", "10 11:30:04")]
    run_at(stage, at(11, 8))
    assert told(stage)[-2:] == [
        ("ended", "2026-03-10T09:00:00Z", "expired", 2.0),
        ("ended", "2026-03-10T10:00:00Z", "expired", 4.0),
    ]
    assert listed(stage) == [("10 10:00", "10 11:30:04")]
    run_at(stage, at(11, 8, 30))
    assert len(told(stage)) == 5


def test_a_plan_says_which_window_begins_before_what_is_made_of_it(tmp_path):
    stage = daily(tmp_path)
    stage.clock.sleep((at(10, 9) - stage.clock.now()).total_seconds())
    plan = stage.plan()
    said = plan_as_text(RunReport((ClusterReport("prod", plan.at, plan),))).splitlines()
    assert [line.split()[:2] for line in said[1:4]] == [["+", "window"], ["+", "create"], ["+", "create"]]
    assert said[1].endswith(": 2026-03-10 09:00:00 UTC to 2026-03-10 10:00:00 UTC begins")
    assert stage.live() == []
