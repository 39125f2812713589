"""Recurring access under runs at any moments: late, killed between two writes, two at once, or only the sweeper's.

What a punctual run would have left is worked out from the schedule; after each whole run the cluster is held to that.
"""

import shutil
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.cluster.manifests import ManifestsCluster
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.flows.reconcile import reconcile
from tests.cluster.stopping import Delegate, StoppedError, Stopping
from tests.e2e.attacks import one
from tests.e2e.ledgers import entries, holds
from tests.e2e.recurring import at, daily, ends, record

# Two windows a day that overlap, on two days.
WINDOWS = [(at(day, hour), at(day, hour, 30) + timedelta(hours=1)) for day in (11, 12) for hour in (9, 10)]
BEGIN, OVER = at(11, 8), at(12, 11, 30)


class Meeting(Delegate):
    """A cluster on which another whole run comes between, just before one of this run's writes."""

    def __init__(self, cluster, number, other):
        super().__init__(cluster)
        self.number, self.other, self.writes = number, other, 0

    def _write(self, name, *args):
        self.writes += 1
        if self.writes == self.number:
            self.other()
        return getattr(self.cluster, name)(*args)

    def __getattr__(self, name):
        if name in ("create", "replace", "replace_status", "delete"):
            return partial(self._write, name)
        return super().__getattr__(name)


class Copy:
    """A copy of a stage's cluster with a clock of its own; the repository is the stage's."""

    def __init__(self, stage, folder):
        shutil.copytree(stage.folder / "out" / "prod", folder)
        self.stage, self.signer = stage, stage.signer
        self.clock = SimulatedClock(stage.clock.now())
        self.cluster = ManifestsCluster("prod", folder, self.clock)

    def goes_to(self, moment):
        self.clock.sleep((moment - self.clock.now()).total_seconds())

    def reconcile(self, cluster=None):
        # One thread, so that the order of writes is the same each time.
        return reconcile([Hands(cluster or self.cluster, self.signer, ThreadPool(1))], self.stage.sources).clusters[0]

    def run(self, kind, number):
        if kind == "sweep":
            sweep(self.cluster, ThreadPool(1))
        elif kind == "killed":
            with suppress(StoppedError):
                self.reconcile(Stopping(self.cluster, number))
        elif kind == "twice":
            self.reconcile(Meeting(self.cluster, number + 1, self.reconcile))
        elif kind == "beside":
            self.reconcile(Meeting(self.cluster, number + 1, lambda: sweep(self.cluster, ThreadPool(1))))
        else:
            self.reconcile()


def open_ends(now):
    return sorted(f"{end:%Y-%m-%dT%H:%M:%SZ}" for start, end in WINDOWS if start <= now < end)


def outcome(copy):
    """What is there at last, without what was measured on the way."""
    status = {"inventory": [], "occurrences": [], **one(copy, "Grant").manifest["status"]}
    upstream = dict(one(copy, "Breakglass").manifest["status"])
    measured = ("endedAt", "endedBy", "ledger", "occurrences")
    return {
        "given": ends(copy),
        "record": {name: value for name, value in status.items() if name not in measured},
        "open": [each for each in status["occurrences"] if "endedAt" not in each],
        "upstream": {name: value for name, value in upstream.items() if name != "conditions"},
        "conditions": [(each["type"], each["status"], each["reason"]) for each in upstream["conditions"]],
    }


def settle(copy):
    """The last run, and one more, which finds nothing to do."""
    copy.goes_to(max(copy.clock.now(), OVER))
    copy.reconcile()
    assert copy.reconcile().outcomes == ()
    return outcome(copy)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    return daily(tmp_path_factory.mktemp("life"), cron="0 9,10 11-12 3 *", duration="90m", more=", maxActivations: 4")


@pytest.fixture(scope="module")
def punctual(stage, tmp_path_factory):
    copy = Copy(stage, tmp_path_factory.mktemp("punctual") / "prod")
    for moment in sorted({each for window in WINDOWS for each in window}):
        copy.goes_to(moment)
        copy.reconcile()
        assert ends(copy) == open_ends(moment)
    return settle(copy)


MOMENTS = st.integers(0, int((OVER - BEGIN) / timedelta(minutes=5))).map(
    lambda number: BEGIN + number * timedelta(minutes=5)
)
RUNS = st.lists(
    st.tuples(
        # Most of the time nothing is open; half of the runs are in or near a window.
        st.one_of(MOMENTS, st.sampled_from([each for window in WINDOWS for each in window])),
        st.sampled_from(["reconcile", "sweep", "killed", "killed", "twice", "beside"]),
        st.integers(0, 12),
    ),
    max_size=7,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=RUNS)
def test_whenever_runs_come_nothing_is_given_outside_a_window_and_the_outcome_is_a_punctual_ones(
    stage, punctual, tmp_path_factory, runs
):
    copy = Copy(stage, tmp_path_factory.mktemp("runs") / "prod")
    seen = Counter()
    for moment, kind, number in sorted(runs):
        copy.goes_to(moment)
        copy.run(kind, number)
        given_now, wanted = ends(copy), open_ends(moment)
        if kind in ("sweep", "killed"):
            # These may give less, and a run that was killed may not have come to its ends.
            assert set(given_now) <= set(wanted) or kind == "killed", (moment, given_now)
        else:
            assert given_now == wanted, (moment, kind, number)
        listed = {key for each in record(copy).occurrences for key in each.objects}
        there = {each.key for each in copy.cluster.read().objects if each.key.kind.startswith("ClusterRole")}
        assert there <= listed
        seen.update(each.key.name for each in copy.cluster.read().objects if each.key.kind == "ClusterRoleBinding")
    assert settle(copy) == punctual
    assert holds(copy)
    told = [each for each in entries(copy) if each.kind == "ended"]
    windows = Counter(each.facts["window"]["start"] for each in told if "window" in each.facts)
    assert set(windows.values()) <= {1}
    assert len(windows) >= len(seen)
    assert sum("window" not in each.facts for each in told) == 1
    granted = Counter(item["uid"] for each in entries(copy) if each.kind == "granted" for item in each.facts["objects"])
    assert set(granted.values()) <= {1}
    assert len(granted) >= 2 * len(seen)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    writes=st.integers(0, 14),
    moments=st.lists(st.sampled_from([each for window in WINDOWS for each in window]), min_size=1, max_size=5),
)
def test_the_sweeper_alone_ends_whatever_a_killed_run_left(stage, tmp_path_factory, writes, moments):
    copy = Copy(stage, tmp_path_factory.mktemp("sweeps") / "prod")
    copy.goes_to(WINDOWS[0][0])
    copy.run("killed", writes)
    for moment in sorted(moments):
        copy.goes_to(moment)
        copy.run("sweep", 0)
        assert set(ends(copy)) <= set(open_ends(moment))
        assert all(each.ended_at is not None for each in record(copy).occurrences if each.end <= moment)
