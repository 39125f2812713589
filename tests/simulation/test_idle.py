"""What is not used ends after its idle timeout, what is used goes on, and what nobody saw ends nothing, whatever goes wrong."""

import pytest

from tests.simulation.faults import Fault, Mishap
from tests.simulation.script import Actor, Ask, Log, Run, Script, Use, Wait
from tests.simulation.test_simulation import holds

RUN = Run((Actor("reconcile"),))
GRANTED = (Ask("alice", "idle", 60), RUN, RUN)
IDLE = 301


def ended(*events):
    return holds(Script((*GRANTED, *events))).world.audit.ended


def test_what_nobody_uses_ends_after_its_timeout():
    assert ended(Wait(IDLE + 3), RUN) == {0}


def test_what_is_used_goes_on():
    assert ended(*(event for _ in range(8) for event in (Wait(200), Use(0), Wait(90), RUN))) == set()


def test_a_log_that_comes_late_ends_nothing_until_it_is_there():
    late = (Wait(60), Log("late"), Wait(IDLE), RUN, Use(0), Wait(IDLE - 60), RUN)
    assert ended(*late) == set()
    assert ended(*late, Log("back"), Wait(100), RUN) == {0}


def test_what_was_not_seen_is_not_unused():
    """A log that began anew has lost what was done before."""
    lost = (Wait(200), Log("late"), Use(0), RUN, Log("cut"), Wait(150), RUN)
    assert ended(*lost) == set()
    assert ended(*lost, Wait(IDLE + 3), RUN) == {0}


@pytest.mark.parametrize("fault", ["lost-done", "forbidden", "kill-done"])
def test_any_fault_at_any_write_of_a_run_that_ends_what_is_idle_is_made_good(fault):
    for write in range(1, 9):
        faulty = Run((Actor("reconcile", mishaps=(Mishap(write, Fault(fault), writes=True),)),))
        holds(Script((*GRANTED, Wait(IDLE + 3), faulty, Use(0), RUN, Wait(IDLE), RUN)))


@pytest.mark.parametrize("fault", ["forbidden", "conflict", "kill"])
def test_use_that_could_not_be_written_down_is_read_again(fault):
    for write in (1, 2, 3):
        faulty = Run((Actor("reconcile", mishaps=(Mishap(write, Fault(fault), writes=True),)),))
        assert ended(Wait(200), Use(0), faulty, Wait(150), RUN) == set()


def test_two_runs_end_what_is_idle_once_whenever_they_change_turns():
    for call in range(7, 60, 9):
        both = Run((Actor("reconcile"), Actor("reconcile")), (call, 10_000))
        assert ended(Wait(IDLE + 3), both) == {0}
        holds(Script((*GRANTED, Wait(200), Use(0), both, Wait(150), both)))
