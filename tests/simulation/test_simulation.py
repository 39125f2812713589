"""The laws of docs/simulation.md over scripts: whatever goes wrong, whoever else is at work, and whenever it happens."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulation.attacks import WHATS
from tests.simulation.drawn import KINDS, drawn_script
from tests.simulation.faults import Fault, Mishap
from tests.simulation.play import play
from tests.simulation.script import Actor, Ask, Attack, Delete, Run, Script, Wait

TWO = (Ask("alice", "shell", 10), Ask("erin", "keepers", 10))
GRANTS, ENDS = 11, 8
"""How many writes a run makes at least that grants one of them, and one that ends both."""


def holds(script):
    """Play it; what is broken is told with the script, which `python -m tests.simulation --script -` replays."""
    played = play(script)
    assert played.broken is None, f"{played.broken}\n{script.line()}"
    return played


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_the_laws_hold_whatever_goes_wrong(random):
    holds(drawn_script(random))


def test_two_runs_tell_a_decision_once_also_where_one_reads_in_the_middle_of_the_other():
    """Found by a seed: the one had read records before the other marked them, and the checkpoint after it was written."""
    killed = Actor("reconcile", mishaps=(Mishap(3, Fault.KILL, writes=True),))
    for call in range(40, 52):
        together = Run((Actor("reconcile"), Actor("reconcile")), (call, 10_000))
        holds(Script((Ask("alice", "shell", 10, "none"), Run((killed,)), together)))


@pytest.mark.parametrize("fault", Fault)
def test_any_fault_at_any_write_of_a_run_that_grants_or_ends_leaves_nothing_behind(fault):
    for write in range(1, GRANTS + 1):
        length = 1 if write % 2 == 0 else 3
        faulty = Actor("reconcile", mishaps=(Mishap(write, fault, length, 30.0, writes=True),))
        holds(Script((*TWO, Run((faulty,)), Run((Actor("sweep"),)))))
        if write <= ENDS:
            later = (Run((Actor("reconcile"),)), Wait(601), Run((faulty,)), Run((Actor("sweep"),)))
            holds(Script((*TWO, *later)))


@pytest.mark.parametrize("pair", ["reconcile reconcile", "reconcile sweep", "sweep reconcile", "reconcile revoke"])
def test_one_run_stopped_after_any_call_while_another_goes_through_does_no_harm(pair):
    actors = tuple(Actor(kind) for kind in pair.split())
    for call in range(1, 120, 11):
        together = Run(actors, (call, 10_000))
        holds(Script((*TWO, together)))
        holds(Script((*TWO, Run((Actor("reconcile"),)), Wait(601), together)))


def test_a_grant_that_another_run_made_after_the_lists_were_read_is_not_taken_for_an_edited_one():
    """Found by a seed: the records were read after it was made, the bindings before."""
    for call in range(4, 14, 3):
        holds(Script((*TWO, Run((Actor("reconcile"), Actor("reconcile")), (call,)))))


@pytest.mark.threat("D1", "D2", "D6", "D7")
@pytest.mark.parametrize("what", WHATS)
def test_whatever_an_administrator_did_to_an_object_access_ends_and_nothing_of_others_is_touched(what):
    granted = Run((Actor("reconcile"),))
    for which in range(4):
        for guarded in (True, False):
            later = (Wait(601), Run((Actor("sweep"),)), Run((Actor("reconcile"),)))
            holds(Script((*TWO, granted, Attack(what, which), *later), guarded=guarded))


@pytest.mark.parametrize("what", WHATS)
def test_whatever_an_administrator_did_to_an_object_within_its_window_is_mended_or_ended(what):
    granted = Run((Actor("reconcile"),))
    for which in range(4):
        holds(Script((*TWO, granted, Attack(what, which), Run((Actor("reconcile"),)), Run((Actor("reconcile"),)))))


def test_a_run_that_hangs_until_its_grant_is_over_does_not_say_in_its_record_that_it_goes_on():
    """Its status is for a record that another one has written since."""
    for write in range(5, 9):
        hangs = Actor("reconcile", mishaps=(Mishap(write, Fault.SLOW, 1, 330.0, writes=True),))
        holds(Script((Ask("alice", "shell", 5), Run((hangs, Actor("sweep-loop", 310))))))


@pytest.mark.parametrize("approval", ["none", "self", "stranger", "other", "withdrawn"])
def test_without_an_approval_that_counts_there_is_never_access(approval):
    asked = tuple(Ask("alice", kind, 5, approval) for kind in KINDS)
    together = Run((Actor("reconcile"), Actor("reconcile")), (7,) * 30)
    played = holds(Script((*asked, together, Wait(60), Run((Actor("reconcile"),)))))
    assert played.world.oracle.held() == frozenset()


@pytest.mark.parametrize("guarded", [True, False])
def test_what_somebody_put_in_the_place_of_an_object_after_a_run_has_listed_it_stays(guarded):
    """Without the fence it is the uid that a deletion asks for which tells the two apart."""
    swaps = WHATS.index("swap")
    granted, actors = Run((Actor("reconcile"),)), (Actor("sweep"), Actor("attack", swaps))
    for call in range(1, 40, 3):
        holds(Script((*TWO, granted, Wait(601), Run(actors, (call, 10_000))), guarded=guarded))


@pytest.mark.parametrize("own", [-3600, 0, 3600])
@pytest.mark.parametrize("cluster", [-90.0, 0.6, 90.0])
def test_ends_are_by_the_cluster_s_clock_however_wrong_others_are(own, cluster):
    later = [each for _ in range(7) for each in (Wait(100), Run((Actor("sweep"),)), Run((Actor("reconcile"),)))]
    holds(Script((*TWO, Run((Actor("reconcile"),)), *later), 0, cluster, own))


@pytest.mark.parametrize("loop", ["watch", "sweep-loop"])
@pytest.mark.parametrize("own", [-3600, 0])
def test_beside_a_loop_no_end_is_late_though_its_own_clock_is_wrong(loop, own):
    asks = (Ask("alice", "keepers", 2), Ask("alice", "viewer", 1), Ask("erin", "edit", 1))
    played = holds(
        Script((*asks, Run((Actor("reconcile"),)), Run((Actor("reconcile"),)), Run((Actor(loop, 125),))), 0, 0.4, own)
    )
    assert played.world.oracle.granted == {0, 1, 2}


def test_a_deleted_file_ends_access_whoever_else_is_at_work():
    for call in range(1, 80, 11):
        together = Run((Actor("reconcile"), Actor("sweep")), (call, 10_000))
        holds(Script((*TWO, Run((Actor("reconcile"),)), Delete(0), together, Run((Actor("reconcile"),)))))


def test_a_seed_is_the_same_script_and_a_script_the_same_log_each_time():
    script = drawn_script(Random(7))
    assert script == drawn_script(Random(7))
    assert Script.parse(script.line()) == script
    assert play(Script.parse(script.line())).log == play(script).log


def test_the_simulation_sees_access_come_and_go():
    """Laws that hold since nothing ever happens would prove nothing."""
    played = holds(Script((*TWO, Run((Actor("reconcile"),)))))
    assert played.world.oracle.granted == {0, 1}
    calls = [line for line in played.log if "DELETE" in line and "bindings/bg-r" in line]
    assert len(calls) == 2
