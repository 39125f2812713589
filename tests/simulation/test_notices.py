"""People are told of each event once, or the record says that nobody knows, whatever goes wrong and whoever else tells."""

import pytest

from tests.simulation.faults import Fault, Mishap
from tests.simulation.script import Actor, Ask, Attack, Run, Script, Wait
from tests.simulation.test_simulation import holds

TELLS = Run((Actor("tell"),))
GRANTED = (Ask("alice", "shell", 60), Run((Actor("reconcile"),)))
WRITES, FIRST, LAST = 6, 48, 66
"""How many writes it takes to tell of a grant by two channels, and the calls of a run between which it does."""
EVENTS = ("ended", "granted", "reminder")


def test_each_event_is_told_by_each_channel():
    played = holds(Script((*GRANTED, TELLS, Wait(2760), TELLS, Wait(900), TELLS)))
    assert sorted(played.town.told) == [(where, "r0", each) for where in ("comment", "webhook") for each in EVENTS]


@pytest.mark.parametrize("fault", ["kill", "kill-done", "lost-done", "error-done", "still"])
def test_any_fault_at_any_write_of_telling_tells_nothing_twice_and_leaves_nothing_unsaid(fault):
    for write in range(1, WRITES + 1):
        faulty = Actor("tell", mishaps=(Mishap(write, Fault(fault), 1, 310.0, writes=True),))
        holds(Script((*GRANTED, Run((faulty, Actor("tell"))), Wait(301), TELLS)))


def test_of_two_runs_at_once_one_tells_whenever_it_is_the_other_s_turn():
    for call in range(FIRST, LAST, 2):
        played = holds(Script((*GRANTED, Run((Actor("tell"), Actor("tell")), (call, 10_000)))))
        assert len(played.town.told) == len(EVENTS[:2]) * 2


def test_what_is_refused_is_tried_again_until_it_is_taken():
    """The webhook is busy: it is asked by the fifth write of the run that tells first, and by the second of those that try again."""
    tries = [Run((Actor("tell", mishaps=(Mishap(write, Fault.BUSY, writes=True),)),)) for write in (5, 2, 2, 2)]
    pauses = [Wait(60 * 2**number + 1) for number in range(len(tries))]
    played = holds(Script((*GRANTED, *(each for pair in zip(tries, pauses, strict=True) for each in pair), TELLS)))
    assert sum(" POST /webhook -> - [busy]" in line for line in played.log) == len(tries)


def test_nobody_hears_of_what_nobody_approved():
    assert holds(Script((Ask("alice", "shell", 60, "none"), TELLS, TELLS))).town.told == {}


def test_a_run_after_the_end_reminds_of_nothing_though_nobody_lets_it_end_that():
    played = holds(Script((*GRANTED, TELLS, Attack("refuse", 0), Wait(3601), TELLS)))
    assert ("comment", "r0", "reminder") not in played.town.told
