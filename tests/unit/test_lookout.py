"""The lookout: ends on time whatever hangs, is refused, or does not answer; its clock is the cluster's."""

import itertools
import queue
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.ports import ClusterState
from tests.unit.lookout_stage import START, Cluster, beside_but_for, binding, lookout, until


@pytest.fixture
def clock():
    return SimulatedClock(START)


@pytest.mark.threat("E16")
@pytest.mark.parametrize("hours", [0, 7, -7], ids=["right", "slow", "fast"])
def test_however_wrong_our_clock_is_ends_are_on_time_by_the_cluster_s_and_never_early(clock, hours):
    ahead = timedelta(hours=hours, milliseconds=333)
    cluster = Cluster(clock, binding("a", hours * 3600 + 5), binding("b", hours * 3600 + 7), ahead=ahead)
    lookout(cluster, clock).run(until(clock, 12))
    for uid, seconds in (("a", 5), ("b", 7)):
        lag = cluster.deletes[uid] - START - timedelta(hours=hours, seconds=seconds)
        assert timedelta() <= lag <= timedelta(milliseconds=60)
    assert cluster.asked < 20


@pytest.mark.threat("E16")
def test_our_clock_that_is_set_back_by_hours_while_it_waits_delays_nothing(clock):
    class SetBack(SimulatedClock):
        def now(self):
            shown = super().now()
            return shown - timedelta(hours=3) if shown >= START + timedelta(seconds=2) else shown

    clock = SetBack(START)
    cluster = Cluster(clock, binding("a", 5))
    cluster.true_time = lambda: SimulatedClock.now(clock)
    lookout(cluster, clock).run(lambda: cluster.true_time() >= START + timedelta(seconds=8))
    assert timedelta() <= cluster.deletes["a"] - START - timedelta(seconds=5) < timedelta(milliseconds=60)


@pytest.mark.threat("E16")
def test_a_server_s_clock_that_jumps_is_believed_and_noticed_within_the_interval(clock):
    cluster = Cluster(clock, binding("a", 3600))
    watcher_stop = until(clock, 25)

    def stopped():
        if clock.now() >= START + timedelta(seconds=12):
            cluster.ahead = timedelta(hours=1)
        return watcher_stop()

    lookout(cluster, clock).run(stopped)
    # Its own time had passed the end by then; a moment before it had not.
    assert START + timedelta(hours=1, seconds=12) <= cluster.deletes["a"] <= START + timedelta(hours=1, seconds=23)


def test_an_end_that_hangs_is_in_no_other_s_way(clock):
    gate = threading.Event()
    cluster = Cluster(clock, binding("stuck", 2), binding("next", 3), binding("last", 4))
    cluster.hanging["stuck"] = gate
    lookout(cluster, clock, run=beside_but_for(cluster)).run(until(clock, 6))
    assert sorted(cluster.deletes) == ["last", "next"]
    assert all(
        cluster.deletes[uid] - START - timedelta(seconds=end) < timedelta(seconds=1)
        for uid, end in (("next", 3), ("last", 4))
    )
    gate.set()


def test_lists_that_take_their_time_delay_no_end(clock):
    gate, ended = threading.Event(), queue.Queue()
    cluster = Cluster(clock, binding("a", 3))
    read = cluster.read

    def slow_but_for_the_first():
        cluster.reads += 1
        if cluster.reads > 1:
            gate.wait(5)
            ended.put("a" in cluster.deletes)
        return read()

    cluster.reads, cluster.read = 0, slow_but_for_the_first
    rings = [START + timedelta(seconds=1)]
    lookout(cluster, clock, rings=rings, run=beside_but_for(cluster)).run(until(clock, 5))
    gate.set()
    assert ended.get(timeout=20)


def test_the_longer_lists_take_the_less_often_they_are_asked_for(clock):
    cluster = Cluster(clock)
    looks = []

    def read():
        looks.append(clock.now())
        clock.sleep(2)
        return ClusterState(clock.now(), "uid", ())

    cluster.read = read
    rings = [START + timedelta(seconds=each / 2) for each in range(1, 100)]
    lookout(cluster, clock, rings=rings).run(until(clock, 30))
    pauses = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(looks)]
    assert min(pauses) >= 6
    assert max(pauses) < 7


def test_a_refused_end_is_tried_for_ever_with_a_pause_of_five_seconds_at_most(clock):
    cluster = Cluster(clock, binding("a", 2))
    cluster.refused.add("a")
    lookout(cluster, clock).run(until(clock, 60))
    tried = [at for _, at in cluster.tries]
    pauses = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(tried)]
    assert pauses[0] <= 0.5
    assert max(pauses) < 5.6
    cluster.refused.clear()
    lookout(cluster, clock).run(until(clock, 61))
    assert "a" in cluster.deletes


@pytest.mark.threat("E1")
def test_a_cluster_that_is_down_at_the_end_is_asked_until_it_answers(clock):
    cluster = Cluster(clock, binding("a", 5))

    def stopped():
        cluster.down = START + timedelta(seconds=3) < clock.now() < START + timedelta(seconds=20)
        return until(clock, 25)()

    lookout(cluster, clock).run(stopped)
    assert timedelta(seconds=15) <= cluster.deletes["a"] - START - timedelta(seconds=5) < timedelta(seconds=16)


@pytest.mark.threat("E1")
def test_a_kind_that_can_t_be_listed_hides_no_binding_that_can(clock):
    cluster = Cluster(clock, binding("a", 3))
    cluster.read = refuse
    lookout(cluster, clock).run(until(clock, 5))
    assert cluster.deletes["a"] - START < timedelta(seconds=3, milliseconds=60)


@pytest.mark.threat("E1")
def test_bindings_that_can_t_be_listed_any_more_are_not_forgotten(clock):
    cluster = Cluster(clock, binding("a", 15), binding("b", 25))

    def stopped():
        if clock.now() >= START + timedelta(seconds=5):
            cluster.read, cluster.unlisted = refuse, {"a"}
            if "b" in cluster.there:
                # Somebody moves its end, which nobody may: the earliest that was seen holds.
                cluster.there["b"] = binding("b", 60)
        return until(clock, 30)()

    lookout(cluster, clock).run(stopped)
    for uid, seconds in (("a", 15), ("b", 25)):
        assert cluster.deletes[uid] - START < timedelta(seconds=seconds, milliseconds=60)


def refuse():
    raise RefusedError("prod: list debugsessions: conversion webhook failed")


def test_a_binding_that_appears_is_known_as_soon_as_the_watcher_hears_of_it(clock):
    cluster = Cluster(clock)
    rings = [START + timedelta(seconds=1)]

    def stopped():
        if not cluster.deletes and clock.now() >= START + timedelta(seconds=1):
            cluster.there.setdefault("a", binding("a", 3))
        return until(clock, 5)()

    lookout(cluster, clock, rings=rings, interval=600).run(stopped)
    assert cluster.deletes["a"] - START < timedelta(seconds=3, milliseconds=60)


def test_without_a_watcher_that_hears_it_is_known_after_the_interval(clock):
    cluster = Cluster(clock)

    def stopped():
        if not cluster.deletes and clock.now() >= START + timedelta(seconds=1):
            cluster.there.setdefault("a", binding("a", 3))
        return until(clock, 14)()

    lookout(cluster, clock).run(stopped)
    assert timedelta(seconds=10) <= cluster.deletes["a"] - START < timedelta(seconds=11)


def test_a_bug_is_not_kept_silent(clock):
    cluster = Cluster(clock)
    cluster.read = lambda: 1 / 0
    watch = lookout(cluster, clock)
    watch.run(until(clock, 1))
    with pytest.raises(ZeroDivisionError):
        watch.told()


def test_the_lag_is_told_by_the_latest_that_the_cluster_s_clock_may_show(clock):
    cluster = Cluster(clock, binding("a", 2))
    watch = lookout(cluster, clock)
    watch.run(until(clock, 3))
    (told,) = watch.told()
    true = (cluster.deletes["a"] - START - timedelta(seconds=2)).total_seconds()
    assert told.late == pytest.approx(true + 0.05)
    assert watch.told() == []


def test_others_give_way_while_something_is_deleted(clock):
    cluster, under_way, seen = Cluster(clock, binding("a", 5)), [], []

    @contextmanager
    def first():
        under_way.append(1)
        yield
        under_way.pop()

    delete = cluster.delete

    def noted(live):
        seen.append((live.uid, len(under_way)))
        delete(live)

    cluster.delete = noted
    lookout(cluster, clock, first=first).run(until(clock, 8))
    assert seen == [("a", 1)]
    assert under_way == []
