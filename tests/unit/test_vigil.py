"""The sweeper's heartbeat, and what it says of the reconciler's."""

from datetime import UTC, datetime, timedelta

import pytest

from gitops_breakglass.adapters.bell import QueuedBell
from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.flows.ends.vigil import LASTING, Vigil, noted_run
from gitops_breakglass.model.errors import ForbiddenError
from gitops_breakglass.model.lease import RECONCILER, SWEEPER, Lease
from tests.unit.memory_leases import MemoryLeases

START = datetime(2026, 11, 22, 5, tzinfo=UTC)


@pytest.fixture
def clock():
    return SimulatedClock(START)


def until(clock, seconds):
    return lambda: clock.now() >= START + timedelta(seconds=seconds)


def at_work(clock):
    """The reconciler's Lease, renewed now for fifteen seconds."""
    return Lease(RECONCILER, "pod", START, clock.now(), timedelta(seconds=15))


def test_it_beats_all_the_time_and_its_promise_never_runs_out_between_two_beats(clock):
    leases = MemoryLeases(Lease(SWEEPER), clock=clock)
    vigil = Vigil(leases, "pod-1", clock, QueuedBell())
    for seconds in range(1, 40):
        vigil.run(until(clock, seconds))
        own = leases.leases[SWEEPER]
        assert own.holder == "pod-1"
        assert clock.now() - own.renewed < own.duration == LASTING
    assert vigil.news() == []


@pytest.mark.threat("D5")
def test_a_reconciler_that_is_missing_is_said_once_and_so_is_its_return(clock):
    leases = MemoryLeases(Lease(SWEEPER), at_work(clock), clock=clock)
    bell = QueuedBell()
    vigil = Vigil(leases, "pod-1", clock, bell)
    vigil.run(until(clock, 12))
    assert vigil.news() == []
    vigil.run(until(clock, 60))
    assert bell.wait(0)
    assert vigil.news() == [
        "the reconciler is missing since 2026-11-22T05:00:00Z: it was expected until 2026-11-22T05:00:15Z"
    ]
    leases.leases[RECONCILER] = at_work(clock)
    vigil.run(until(clock, 70))
    assert vigil.news() == ["the reconciler is at work again"]


def test_a_reconciler_that_was_never_there_is_not_missed(clock):
    leases = MemoryLeases(Lease(SWEEPER), Lease(RECONCILER), clock=clock)
    assert noted_run(leases, timedelta(minutes=1)) is None


def test_a_single_run_notes_itself_and_what_it_promises(clock):
    leases = MemoryLeases(Lease(SWEEPER), Lease(RECONCILER), clock=clock)
    noted_run(leases, timedelta(minutes=1))
    assert leases.leases[SWEEPER].ran == START
    assert leases.leases[SWEEPER].next_run == START + timedelta(minutes=1)


def test_a_lease_that_it_may_not_touch_is_told_and_stops_nothing(clock):
    leases = MemoryLeases(clock=clock)
    leases.broken = ForbiddenError("prod: read Lease: forbidden", hint="install again")
    told = "no heartbeat: prod: read Lease: forbidden (install again)"
    assert noted_run(leases, None) == told
    vigil = Vigil(leases, "pod-1", clock, QueuedBell())
    vigil.run(until(clock, 30))
    assert vigil.news() == [told]
