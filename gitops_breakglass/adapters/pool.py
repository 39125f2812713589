"""Threads that carry out many calls to one server at a time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

WORKERS = 32
"""Writing a Role takes an API server about 100 ms for an identity that is no administrator, so many go out at once."""

_SWITCH = 0.001
"""Seconds. A call waits for the interpreter a dozen times, each time for so long for every thread that has work."""


class ThreadPool:
    """Calls a function on many items, at most `workers` at a time. `give` is called before each, and may wait."""

    def __init__(self, workers: int = WORKERS, *, give: Callable[[], None] | None = None) -> None:
        self.workers = workers
        self._give = give

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Return the results in the order of the items.

        Every call is made, also where one fails; then the error of the first item that has one is raised.
        """
        work = list(items)

        def call(item: T) -> R:
            if self._give is not None:
                self._give()
            return function(item)

        if len(work) <= 1:
            return [call(each) for each in work]
        with ThreadPoolExecutor(min(self.workers, len(work))) as threads:
            pending = [threads.submit(call, each) for each in work]
        return [each.result() for each in pending]


def take_short_turns() -> None:
    """Let threads of this process that have work take turns five times as often as they would: an end is not to wait long."""
    sys.setswitchinterval(_SWITCH)


def beside(function: Callable[[], None]) -> None:
    """Run a function on a thread of its own, which does not keep the program from ending; what it raises, nobody hears of."""
    threading.Thread(target=function, daemon=True).start()
