"""Work in several processes: the same results in the same order, and nothing is passed over when one of them ends."""

import os
import signal

import pytest

from gitops_breakglass.adapters.processes import CAN_FORK, ProcessPool, cores
from gitops_breakglass.model.errors import UsageError

needs_fork = pytest.mark.skipif(not CAN_FORK, reason="there is one process only on this system")


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(workers):
    # A closure, which could not be sent to another process: workers inherit it.
    factor = [10]
    assert ProcessPool(workers).map(lambda number: number * factor[0], range(7)) == [0, 10, 20, 30, 40, 50, 60]


@needs_fork
def test_work_is_shared_out_and_one_item_is_done_here():
    pool = ProcessPool(2)
    assert os.getpid() not in pool.map(lambda _: os.getpid(), range(4))
    assert pool.map(lambda _: os.getpid(), [1]) == ProcessPool(1).map(lambda _: os.getpid(), [1]) == [os.getpid()]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_is_raised_here_with_its_next_step(workers):
    def fail(number):
        raise UsageError(f"item {number}", hint="do something")

    with pytest.raises(UsageError, match="item 0") as caught:
        ProcessPool(workers).map(fail, range(3))
    assert caught.value.hint == "do something"


@needs_fork
def test_a_process_that_is_ended_from_outside_is_told():
    def ended(number):
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(UsageError, match="was ended from outside") as caught:
        ProcessPool(2).map(ended, range(5))
    assert "--jobs 1" in caught.value.hint


def test_there_is_a_core():
    assert cores() >= 1
