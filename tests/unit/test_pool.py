"""Many calls at a time: in order, all of them made, no more at a time than allowed."""

import threading

import pytest

from gitops_breakglass.adapters.pool import ThreadPool


def test_results_come_in_the_order_of_the_items():
    gates = [threading.Event() for _ in range(3)]

    def last_first(number):
        if number < 2:
            gates[number + 1].wait(10)
        gates[number].set()
        return number * 10

    assert ThreadPool().map(last_first, range(3)) == [0, 10, 20]


def test_every_call_is_made_also_where_one_fails_and_the_first_error_is_raised():
    made = []

    def call(number):
        made.append(number)
        if number in {1, 3}:
            raise ValueError(str(number))

    with pytest.raises(ValueError, match=r"^1$"):
        ThreadPool(2).map(call, range(5))
    assert sorted(made) == [0, 1, 2, 3, 4]


def test_no_more_than_the_workers_are_under_way():
    lock, busy, most = threading.Lock(), [0], [0]
    together = threading.Barrier(3)

    def call(_):
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        together.wait(10)
        with lock:
            busy[0] -= 1

    ThreadPool(3).map(call, range(9))
    assert most == [3]


def test_nothing_to_do_is_done_at_once():
    assert ThreadPool().map(str, []) == []
