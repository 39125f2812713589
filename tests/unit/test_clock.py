"""The clocks: one that a signal can stop, and one that only moves when someone sleeps."""

import signal
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from gitops_breakglass.adapters.clock import SimulatedClock, SystemClock

START = datetime(2026, 11, 22, 5, tzinfo=UTC)


def test_the_machine_s_time_is_aware_and_in_utc():
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert (first.tzinfo, second.tzinfo) == (UTC, UTC)
    assert timedelta(0) <= second - first < timedelta(seconds=5)


def test_a_sleep_lasts_as_long_as_was_asked_for():
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0.1)
    assert timedelta(seconds=0.09) < clock.now() - before < timedelta(seconds=5)


@pytest.mark.parametrize("seconds", [0, -1, -0.001])
def test_a_time_that_is_over_is_not_waited_for(seconds):
    SystemClock().sleep(seconds)


def test_a_stop_ends_all_sleeps_and_the_later_ones():
    clock = SystemClock()
    sleepers = [threading.Thread(target=clock.sleep, args=(60,)) for _ in range(3)]
    for each in sleepers:
        each.start()
    clock.stop()
    for each in sleepers:
        each.join(10)
    assert [each.is_alive() for each in sleepers] == [False] * 3
    clock.sleep(60)
    assert clock.is_stopped


def test_a_signal_ends_the_sleep_that_it_interrupts():
    clock = SystemClock()
    previous = signal.signal(signal.SIGALRM, lambda *_: clock.stop())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        clock.sleep(60)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert clock.is_stopped


def test_a_simulated_clock_moves_by_what_is_slept():
    clock = SimulatedClock(START.astimezone(timezone(timedelta(hours=2))))
    clock.sleep(90)
    clock.sleep(-5)
    assert (clock.now(), clock.now().tzinfo) == (START + timedelta(seconds=90), UTC)
    clock.stop()
    clock.sleep(10)
    assert (clock.now(), clock.is_stopped) == (START + timedelta(seconds=90), True)


def test_a_simulated_clock_needs_a_zone():
    with pytest.raises(ValueError):
        SimulatedClock(START.replace(tzinfo=None))
