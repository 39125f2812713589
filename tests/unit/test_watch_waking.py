"""What wakes the loop before its interval is over: something new in the repository, or a change on a cluster."""

from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.flows.watch import CALM, LOOK, Waking, pause_after, watch
from gitops_breakglass.model.outcome import ClusterReport, RunReport
from gitops_breakglass.model.plan import ClusterPlan
from gitops_breakglass.model.window import Window
from tests.unit.test_watch import record

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
INTERVAL = timedelta(seconds=60)
QUIET = RunReport(())


class TimedBell:
    """A bell that is rung at moments of a simulated clock, which waiting moves on."""

    def __init__(self, clock, *seconds):
        self.clock = clock
        self.rings = sorted(NOW + timedelta(seconds=each) for each in seconds)

    def wait(self, seconds):
        until = self.clock.now() + timedelta(seconds=seconds)
        if self.rings and self.rings[0] <= until:
            at = self.rings.pop(0)
            self.clock.sleep(max((at - self.clock.now()).total_seconds(), 0))
            return True
        self.clock.sleep(seconds)
        return False


def second_run(*rings, moved=lambda _: False, takes=1, report=QUIET):
    """When the second run begins, in seconds after the first; each run takes some."""
    clock = SimulatedClock(NOW)
    begun = []

    def run():
        begun.append((clock.now() - NOW).total_seconds())
        clock.sleep(takes)
        return report

    waking = Waking(TimedBell(clock, *rings), lambda: moved((clock.now() - NOW).total_seconds()))
    for _ in watch(run, clock, INTERVAL, lambda: len(begun) == 2, waking):
        pass
    return begun[1]


def test_without_anything_new_it_is_the_interval():
    assert second_run() == 61


def test_a_new_commit_leads_to_a_run_before_the_interval_is_over():
    assert second_run(moved=lambda at: at > 15) == 1 + 2 * LOOK.total_seconds()


def test_a_change_on_a_cluster_leads_to_a_run_a_little_later():
    assert second_run(20) == 20


@pytest.mark.parametrize("rings", [(1.1,), (1.1, 1.2, 3), (0.5,)])
def test_what_a_run_itself_has_changed_leads_to_one_run_when_it_is_calm(rings):
    assert second_run(*rings) == 1 + CALM.total_seconds()


def test_what_failed_is_tried_again_sooner_than_any_of_them():
    assert second_run(report=RunReport((), unknown=("the forge is down",))) == 2


def test_where_ends_are_kept_beside_the_runs_a_run_comes_a_little_later():
    report = RunReport((ClusterReport("prod", at=NOW, due=NOW + timedelta(seconds=20)),))
    assert pause_after(report, INTERVAL) == timedelta(seconds=20)
    assert pause_after(report, INTERVAL, is_beside=True) == timedelta(seconds=22)


@pytest.mark.parametrize(("takes", "rest"), [(0, 2), (3, 9), (8, 10)])
def test_a_run_that_comes_only_after_ends_leaves_them_the_machine_for_longer_the_longer_runs_take(takes, rest):
    report = RunReport((ClusterReport("prod", at=NOW, due=NOW),))
    taken = timedelta(seconds=takes)
    assert pause_after(report, INTERVAL, taken=taken, is_beside=True) == timedelta(seconds=rest)
    assert pause_after(report, INTERVAL, taken=taken) == timedelta(milliseconds=250)


def test_a_start_waits_for_no_rest():
    starts = NOW + timedelta(seconds=12)
    plan = ClusterPlan("prod", NOW, records=(record(Window(starts, starts + timedelta(seconds=5))),))
    report = RunReport((ClusterReport("prod", at=NOW, plan=plan),))
    assert pause_after(report, INTERVAL, taken=timedelta(seconds=8), is_beside=True) == timedelta(seconds=4)
