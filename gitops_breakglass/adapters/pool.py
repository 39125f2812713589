"""Threads that carry out many calls to one server at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

WORKERS = 32
"""Writing a Role takes an API server about 100 ms for an identity that is no administrator, so many go out at once."""


class ThreadPool:
    """Calls a function on many items, at most `workers` at a time."""

    def __init__(self, workers: int = WORKERS) -> None:
        self.workers = workers

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Return the results in the order of the items.

        Every call is made, also where one fails; then the error of the first item that has one is raised.
        """
        work = list(items)
        if len(work) <= 1:
            return [function(each) for each in work]
        with ThreadPoolExecutor(min(self.workers, len(work))) as threads:
            pending = [threads.submit(function, each) for each in work]
        return [each.result() for each in pending]
