"""Who grants on a cluster: whoever holds its Lease, one at a time, and what happens when a holder sleeps, dies or stops."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.flows.tenure import ASK, BELIEVED, LASTS, RENEW, Tenure
from gitops_breakglass.model.errors import ForbiddenError, UnreachableError
from gitops_breakglass.model.lease import Lease, Pulse
from tests.unit.memory_leases import MemoryLeases

NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def clock():
    return SimulatedClock(NOW)


@pytest.fixture
def leases(clock):
    return MemoryLeases(Lease("reconciler"), Lease("sweeper"), clock=clock)


def both(leases, clock):
    return Tenure(leases, "pod-a", clock), Tenure(leases, "pod-b", clock)


def test_nobody_grants_before_the_lease_was_asked_for(leases, clock):
    assert Tenure(leases, "pod-a", clock).standby() == "its Lease was not asked for yet"


def test_the_first_one_grants_and_the_second_one_says_who_does(leases, clock):
    a, b = both(leases, clock)
    assert (a.turn(), b.turn()) == (RENEW, ASK)
    assert (a.standby(), b.standby()) == (None, "pod-a holds its Lease")


def test_the_second_one_grants_soon_after_the_first_one_died(leases, clock):
    a, b = both(leases, clock)
    a.turn()
    died = clock.now()
    while b.turn() == ASK:
        clock.sleep(ASK.total_seconds())
    assert LASTS < clock.now() - died <= LASTS + SECOND + ASK
    assert b.standby() is None
    assert a.standby() is not None


def test_the_second_one_grants_at_once_when_the_first_one_stops(leases, clock):
    a, b = both(leases, clock)
    a.turn()
    a.give_back()
    assert a.standby() == "this process is stopping"
    b.turn()
    assert b.standby() is None


def test_a_holder_stops_granting_before_anybody_else_may(leases, clock):
    """It can't renew: the API server does not answer it, or it sleeps."""
    a, _ = both(leases, clock)
    a.turn()
    leases.broken = UnreachableError("prod: no answer")
    clock.sleep(BELIEVED.total_seconds() - 0.1)
    assert (a.turn(), a.standby()) == (ASK, None)
    clock.sleep(0.1)
    assert a.standby() == "its Lease could not be had: prod: no answer"


def test_whoever_may_not_write_the_lease_grants_nothing_and_says_why(leases, clock):
    leases.broken = ForbiddenError("prod: write Lease: forbidden", hint="install again")
    a, _ = both(leases, clock)
    assert a.turn() == ASK
    assert a.standby() == "its Lease could not be had: prod: write Lease: forbidden (install again)"


def test_who_comes_second_to_a_free_lease_does_not_hold_it(leases, clock):
    a, _ = both(leases, clock)
    leases.rival = Lease("reconciler", "pod-b", NOW, NOW, LASTS)
    assert a.turn() == ASK
    assert a.standby() == "another process holds its Lease"
    a.turn()
    assert a.standby() == "pod-b holds its Lease"


def test_a_time_from_the_future_keeps_nobody_out_for_long(leases, clock):
    leases.leases["reconciler"] = Lease("reconciler", "pod-x", NOW, NOW + timedelta(days=900), LASTS)
    a, _ = both(leases, clock)
    while a.standby() is not None:
        assert clock.now() < NOW + 2 * LASTS
        clock.sleep(a.turn().total_seconds())
    assert leases.leases["reconciler"].holder == "pod-a"


def test_it_says_how_it_stands_with_the_sweeper(leases, clock):
    a, _ = both(leases, clock)
    a.turn()
    assert a.sweeper.pulse is Pulse.NEVER
    leases.leases["sweeper"] = Lease("sweeper", "s", NOW, NOW, LASTS)
    a.turn()
    assert a.sweeper.pulse is Pulse.ALIVE
    clock.sleep(16)
    a.turn()
    assert (a.sweeper.pulse, a.sweeper.seen) == (Pulse.MISSING, NOW)
    leases.broken = UnreachableError("prod: no answer")
    a.turn()
    assert a.sweeper is None


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["turn-a", "turn-b", "stop-a", "stop-b", "break", "mend", "wait"]),
        st.floats(0, 20, allow_nan=False),
    ),
    max_size=40,
)


# The first one sleeps until the second one may have it.
@example([("turn-a", 0), ("wait", 17), ("turn-b", 0)], 0)
@settings(max_examples=300)
@given(STEPS, st.floats(-100, 100))
def test_two_never_grant_at_the_same_time_whatever_breaks_and_however_long_they_sleep(steps, skew):
    """The API server's clock is far from ours, which does not count."""
    clock = SimulatedClock(NOW)
    leases = MemoryLeases(Lease("reconciler"), Lease("sweeper"), clock=clock)
    leases.skew = timedelta(seconds=skew)
    tenures = dict(zip("ab", both(leases, clock), strict=True))
    for step, seconds in steps:
        what, _, who = step.partition("-")
        match what:
            case "turn":
                tenures[who].turn()
            case "stop":
                tenures[who].give_back()
            case "break":
                leases.broken = UnreachableError("prod: no answer")
            case "mend":
                leases.broken = None
            case "wait":
                clock.sleep(seconds)
        assert sum(each.standby() is None for each in tenures.values()) <= 1, step
