"""Processes that carry out work which keeps a core busy, since threads of Python take turns."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from gitops_breakglass.model.errors import UsageError

T = TypeVar("T")
R = TypeVar("R")

CAN_FORK = sys.platform == "linux"
"""Elsewhere a forked Python may not use the system's libraries, and a fresh one takes longer to start than it saves."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class ProcessPool:
    """Calls a function on many items, in up to `workers` processes that inherit all that it refers to.

    Only items and results are copied, so those must be plain data.
    """

    def __init__(self, workers: int) -> None:
        """Start nothing yet."""
        self.workers = workers if CAN_FORK else 1

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Return the results in the order of the items.

        Raises the error of the first item that has one, and UsageError where a process ends before its work is done:
        no item is ever passed over.
        """
        work = list(items)
        workers = min(self.workers, len(work))
        if workers <= 1:
            return [function(each) for each in work]
        # Not above: one process needs neither, and they take as long as reading hundreds of files.
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool
        from multiprocessing import get_context

        try:
            with ProcessPoolExecutor(workers, get_context("fork"), _begin, (function,)) as processes:
                return list(processes.map(_call, work))
        except BrokenProcessPool as error:
            hint = "is there too little memory? try again with --jobs 1"
            raise UsageError(
                "a process of this command was ended from outside before its work was done", hint=hint
            ) from error


_function: Callable[[Any], Any] | None = None
"""What this process was started for."""


def _begin(function: Callable[[Any], Any]) -> None:
    global _function  # noqa: PLW0603 - a worker has nothing else of its own that outlives a call
    _function = function


def _call(item: Any) -> Any:
    assert _function is not None  # noqa: S101 - set by the initializer, or the pool is broken
    return _function(item)
