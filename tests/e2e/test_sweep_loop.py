"""The sweeper's loop in memory: what it tells, how long it waits, and how it stops."""

from dataclasses import replace
from datetime import timedelta
from itertools import islice, pairwise
from threading import Thread

import pytest

from gitops_breakglass.adapters.bell import QueuedBell
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.ends.sweep_loop import LoopHands, pause_after, sweep_loop, with_ends
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.outcome import Applied, ClusterReport, Failed, Verb
from tests.e2e.stage import Stage

MINUTE = timedelta(minutes=1)
ONE, TWO = (ObjectKey("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", name) for name in ("bg-1", "bg-2"))


class Quiet:
    """A watcher that hears nothing."""

    def wait(self, seconds):
        return False


class Passing(QueuedBell):
    """A bell during whose wait the stage's time passes."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    def wait(self, seconds):
        self.clock.sleep(seconds)
        return super().wait(0)


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def hands(stage):
    """Without a thread beside it: every end is the sweep's."""
    bell = Passing(stage.clock)
    return LoopHands(stage.cluster, ThreadPool(4), stage.clock, Quiet(), bell, lambda function: None)


def test_it_sweeps_again_after_the_interval_and_ends_what_is_over(stage):
    stage.granted("prod/inc-1", duration="5m")
    reports = list(islice(sweep_loop(hands(stage), MINUTE, lambda: False), 7))
    assert stage.live() == []
    assert [any(isinstance(each, Applied) for each in report.outcomes) for report in reports].count(True) == 1
    pauses = {later.at - earlier.at for earlier, later in pairwise(reports)}
    assert max(pauses) < MINUTE + timedelta(seconds=1)


def test_a_bell_ends_the_pause(stage):
    given = hands(stage)
    loop = sweep_loop(given, MINUTE, lambda: False)
    first = next(loop)
    given.bell.ring()
    assert next(loop).at - first.at == timedelta(seconds=1)


def test_a_bell_that_rings_all_the_time_leads_to_one_sweep_a_second(stage):
    """Each end rings; what is left of it is swept together with what is left of others."""
    given = hands(stage)

    def ringing():
        given.bell.ring()
        return False

    reports = list(islice(sweep_loop(given, MINUTE, ringing), 4))
    assert [later.at - earlier.at for earlier, later in pairwise(reports)] == [timedelta(seconds=1)] * 3


def test_it_stops_when_asked_within_half_a_second(stage):
    asked = []
    loop = sweep_loop(hands(stage), MINUTE, lambda: bool(asked))
    before = next(loop).at
    asked.append(1)
    assert list(loop) == []
    assert stage.clock.now() - before < timedelta(seconds=1)


def test_a_loop_that_a_bug_ends_takes_its_lookout_along(stage):
    """Else whoever begins anew after each bug has one more of them each time, and all of them ask the API server."""

    class Broken(Exception):
        pass

    def broken():
        raise Broken

    threads = []
    stage.cluster.read = broken
    given = replace(hands(stage), beside=lambda function: threads.append(Thread(target=function, daemon=True)))
    with pytest.raises(Broken):
        next(sweep_loop(given, MINUTE, lambda: False))
    (lookout,) = threads
    lookout.start()
    lookout.join(10)
    assert not lookout.is_alive()


@pytest.mark.parametrize("failures, seconds", [(0, 60), (1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (500, 10)])
def test_what_failed_is_tried_again_after_ten_seconds_at_most(failures, seconds):
    assert pause_after(failures, MINUTE) == timedelta(seconds=seconds)


def test_nobody_waits_longer_than_the_interval():
    assert pause_after(9, timedelta(seconds=3)) == timedelta(seconds=3)


def test_an_end_made_between_two_sweeps_is_told_once_and_only_where_the_sweep_saw_nothing_of_it():
    made = [Applied(each, Verb.DELETED, "1" * 32, late=0.1) for each in (ONE, TWO)]
    stays = Failed(TWO, "1" * 32, "it is still there after it was deleted", ending=True)
    assert with_ends(ClusterReport("prod", outcomes=(stays,)), made).outcomes == (made[0], stays)
