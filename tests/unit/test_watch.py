"""The loop: how long it waits after a run, and that it stops when it is asked to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.flows.watch import LONGEST_BACK_OFF, pause_after, watch
from gitops_breakglass.model.grant import Record, Statement
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.outcome import ClusterReport, Failed, RunReport
from gitops_breakglass.model.plan import ClusterPlan
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.window import Window

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SHORTEST = timedelta(milliseconds=250)
KEY = ObjectKey("rbac.authorization.k8s.io/v1", "RoleBinding", "shop", "bg-inc-1-0123456789")
REFUSED = Failed(KEY, "1" * 32, "refused")


def statement(*windows):
    return Statement(
        repository="acme/access",
        cluster="prod",
        cluster_uid="c",
        request=RequestId("prod", "inc-1"),
        kind="BreakglassSession",
        uid="1" * 32,
        path="requests/prod/inc-1.yaml",
        blob="b",
        landing="l",
        decided_at=NOW,
        outcome="granted",
        windows=windows,
    )


def window(start, end):
    """A window by its seconds after NOW."""
    return Window(NOW + timedelta(seconds=start), NOW + timedelta(seconds=end))


def record(*windows, revoked=None, ended=None):
    live = LiveObject(ObjectKey("access.gitops-breakglass.dev/v1alpha1", "Grant", "x", "bg-x"), "u", {"metadata": {}})
    return Record("bg-x", "1" * 32, None, statement(*windows), "", (), {}, revoked, ended, live)


def cluster(*records, decisions=(), **words):
    plan = ClusterPlan("prod", NOW, decisions=decisions, records=records)
    return ClusterReport("prod", at=NOW, plan=plan, **words)


def run_of(*clusters, unknown=()):
    return RunReport(clusters, unknown=unknown)


def test_it_waits_for_the_next_end():
    assert pause_after(run_of(cluster(record(window(-10, 20)))), MINUTE) == timedelta(seconds=20)


def test_it_waits_for_the_end_of_what_it_has_just_granted():
    assert pause_after(run_of(cluster(decisions=(statement(window(0, 15)),))), MINUTE) == timedelta(seconds=15)


def test_it_waits_for_a_start_that_was_scheduled():
    assert pause_after(run_of(cluster(record(window(30, 90)))), MINUTE) == timedelta(seconds=30)


def test_the_earliest_of_all_clusters_counts():
    clusters = (cluster(record(window(-10, 20))), cluster(record(window(-10, 8), window(5, 9))), ClusterReport("down"))
    assert pause_after(run_of(*clusters), MINUTE) == timedelta(seconds=5)


@pytest.mark.parametrize("words", [{"revoked": NOW}, {"ended": NOW}], ids=["revoked", "ended"])
def test_what_has_ended_is_not_waited_for(words):
    assert pause_after(run_of(cluster(record(window(-10, 20), **words))), MINUTE) == MINUTE


def test_without_a_plan_the_sweep_says_what_ends_next():
    swept = ClusterReport("prod", at=NOW, due=NOW + timedelta(seconds=7))
    assert pause_after(run_of(swept), MINUTE) == timedelta(seconds=7)


def test_what_the_run_took_is_not_waited_again():
    report = run_of(cluster(record(window(-10, 20))))
    assert pause_after(report, MINUTE, taken=timedelta(seconds=3)) == timedelta(seconds=17)
    assert pause_after(report, MINUTE, taken=timedelta(seconds=30)) == SHORTEST


def test_the_interval_is_not_shortened_by_what_the_run_took():
    assert pause_after(run_of(cluster()), MINUTE, taken=timedelta(seconds=30)) == MINUTE


def test_failures_are_tried_again_ever_more_slowly_up_to_ten_seconds():
    pauses = [pause_after(run_of(cluster()), MINUTE, failures=failures).total_seconds() for failures in range(1, 9)]
    assert pauses == [1, 2, 4, 8, 10, 10, 10, 10]


@st.composite
def reports(draw):
    seconds = st.integers(-100_000, 100_000)
    made = []
    for _ in range(draw(st.integers(0, 3))):
        pairs = draw(st.lists(st.tuples(seconds, seconds), max_size=3))
        windows = [window(min(pair), max(pair)) for pair in pairs]
        made.append(draw(st.sampled_from([cluster(record(*windows)), cluster(decisions=(statement(*windows),))])))
        made.append(
            ClusterReport("swept", at=NOW, due=draw(st.none() | seconds.map(lambda s: NOW + timedelta(seconds=s))))
        )
    return run_of(*made)


INTERVALS = st.timedeltas(timedelta(seconds=1), timedelta(days=1))


@given(reports(), INTERVALS, st.integers(0, 10_000), st.timedeltas(timedelta(), timedelta(hours=1)))
def test_a_pause_is_never_nothing_and_never_beyond_the_interval(report, interval, failures, taken):
    assert timedelta() < pause_after(report, interval, failures=failures, taken=taken) <= interval


@given(reports(), INTERVALS, st.integers(1, 10_000))
def test_after_a_failure_no_pause_is_longer_than_ten_seconds(report, interval, failures):
    assert pause_after(report, interval, failures=failures) <= LONGEST_BACK_OFF == timedelta(seconds=10)


@given(reports(), INTERVALS)
def test_no_pause_reaches_beyond_what_is_due(report, interval):
    pause = pause_after(report, interval)
    assert all(pause <= max(due - NOW, SHORTEST) for due in dues(report) if due > NOW)


def dues(report):
    """When a window begins or ends next, as the decisions have it, or as a sweep told."""
    for each in report.clusters:
        if each.due is not None:
            yield each.due
        for known in (*each.plan.decisions, *(known.statement for known in each.plan.records)) if each.plan else ():
            course = course_of(known, NOW)
            yield from (open_one.end for open_one in course.open)
            if course.next is not None:
                yield course.next.start


class Loop:
    """A loop over reports that are known beforehand, each run taking a second; it stops when they are used up."""

    def __init__(self, *reports):
        self.clock = SimulatedClock(NOW)
        self.reports = list(reports)
        self.begun = []

    def run(self):
        self.begun.append((self.clock.now() - NOW).total_seconds())
        self.clock.sleep(1)
        return self.reports.pop(0)

    def watch(self):
        return list(watch(self.run, self.clock, MINUTE, lambda: not self.reports))


def test_the_loop_yields_each_report_and_stops_without_another_pause():
    reports = [run_of(cluster()), run_of(cluster())]
    loop = Loop(*reports)
    assert loop.watch() == reports
    assert (loop.begun, loop.clock.now()) == ([0, 61], NOW + timedelta(seconds=62))


def test_a_loop_that_is_stopped_before_it_begins_does_nothing():
    assert Loop().watch() == []


def test_the_loop_wakes_at_the_end_whatever_the_run_took():
    loop = Loop(run_of(cluster(record(window(-10, 20)))), run_of(cluster()))
    loop.watch()
    assert loop.begun == [0, 20]


@pytest.mark.parametrize(
    "failed",
    [
        run_of(cluster(outcomes=(REFUSED,))),
        run_of(ClusterReport("prod", unreachable="no answer")),
        run_of(ClusterReport("prod", at=NOW), unknown=("the repository can't be read",)),
    ],
    ids=["refused", "unreachable", "no repository"],
)
def test_the_loop_slows_down_while_it_fails_and_starts_over_after_a_success(failed):
    fine = run_of(cluster())
    loop = Loop(failed, failed, fine, failed, fine)
    loop.watch()
    assert [later - earlier for earlier, later in zip(loop.begun, loop.begun[1:], strict=False)] == [2, 3, 61, 2]
