"""Ends go first: who gives way waits while one is under way, and a quarter of a second at most."""

import threading
import time

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.precedence import LONGEST, Precedence


def seconds_of(call):
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def test_who_gives_way_waits_for_nothing_where_nothing_goes_first():
    precedence = Precedence(SystemClock())
    with precedence.first():
        pass
    assert seconds_of(precedence.give) < LONGEST


def test_a_call_of_somebody_who_gives_way_begins_after_what_goes_first():
    precedence, order = Precedence(SystemClock()), []
    pool = ThreadPool(give=precedence.give)
    begun = threading.Event()

    def others():
        begun.set()
        pool.map(order.append, ["call"])

    thread = threading.Thread(target=others)
    with precedence.first():
        thread.start()
        assert begun.wait(10)
        time.sleep(LONGEST / 5)
        order.append("end")
    thread.join(10)
    assert order == ["end", "call"]


def test_an_end_that_hangs_holds_up_nobody_for_longer_than_a_quarter_of_a_second():
    precedence = Precedence(SystemClock())
    with precedence.first():
        assert seconds_of(precedence.give) > LONGEST * 0.9
        # Nor is it waited for again by the next.
        assert seconds_of(precedence.give) < LONGEST
