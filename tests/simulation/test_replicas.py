"""Replicas of the loop: at most one grants, ends wait for none of them, and the next one takes over in time."""

import pytest

from tests.simulation.faults import Fault, Mishap
from tests.simulation.script import Actor, Ask, Attack, Run, Script
from tests.simulation.test_simulation import holds

ASKS = (Ask("alice", "keepers", 2), Ask("alice", "viewer", 1))
LATER = Actor("asks", 5)
LONG = 20.0
"""Longer than a Lease lasts, in seconds."""
UNTIL_TAKEN = 15.75
"""When the other one has it, and has made nothing yet."""


def replicas(*mishaps, until=125):
    """One that meets this, and one with which nothing is wrong, while somebody asks for more."""
    return Run((Actor("replica", until, mishaps), Actor("replica", until), LATER))


def test_of_two_replicas_one_grants_and_both_end():
    played = holds(Script((*ASKS, replicas(until=310))))
    made = {line.split()[1] for line in played.log if " POST " in line and "bindings -> 201" in line}
    assert (made, played.world.oracle.granted) == ({"replica-0"}, {0, 1, 2})


@pytest.mark.threat("E3")
@pytest.mark.parametrize(
    ("fault", "seconds"), [(Fault.STILL, LONG), (Fault.STILL_LOST, LONG), (Fault.STILL_LOST, UNTIL_TAKEN)]
)
@pytest.mark.parametrize("write", [3, 7, 9, 12])
def test_a_replica_that_stood_still_makes_nothing_once_another_one_holds_its_lease(write, fault, seconds):
    """What it had sent may still arrive; it does not send it again when the answer was lost."""
    stands = Mishap(write, fault, 1, seconds, writes=True)
    assert holds(Script((*ASKS, replicas(stands)))).world.oracle.granted == {0, 1, 2}


@pytest.mark.threat("D5")
@pytest.mark.parametrize("write", [2, 5, 8, 11, 16])
def test_another_replica_takes_over_from_one_that_was_killed_at_any_write(write):
    killed = Mishap(write, Fault.KILL_DONE, writes=True)
    assert holds(Script((*ASKS, replicas(killed)))).world.oracle.granted == {0, 1, 2}


@pytest.mark.parametrize("call", [12, 40, 70, 110])
def test_another_replica_takes_over_from_one_that_reaches_nothing_any_more(call):
    assert holds(Script((*ASKS, replicas(Mishap(call, Fault.LOST, 10_000))))).world.oracle.granted == {0, 1, 2}


def test_what_was_merged_is_there_soon_though_no_interval_is_over():
    """The repository is looked at every ten seconds, and a run takes a moment."""
    played = holds(Script((Run((Actor("replica", 60), Actor("asks", 12))),)))
    made = next(line for line in played.log if "rolebindings -> 201" in line)
    assert "05:01:42" < made.split()[0] < "05:01:53"


def test_an_attack_on_what_it_made_does_not_stop_a_replica():
    attacked = Run((Actor("replica", 200), Actor("asks", 5)))
    holds(Script((*ASKS, Run((Actor("reconcile"),)), Attack("hide", 0), attacked)))
