"""Lets ends go first: whoever gives way begins no call while one is under way, for a moment at most."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gitops_breakglass.ports import Clock

LONGEST = 0.25
"""Seconds for which anybody waits before one call: an end that hangs must not hold up the others, nor what they leave."""


class Precedence:
    """Shared by threads of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._under_way = 0
        self._until = 0.0

    @contextmanager
    def first(self) -> Iterator[None]:
        """Have the others give way while the block lasts, or a quarter of a second."""
        with self._changed:
            self._under_way += 1
            self._until = self._clock.elapsed() + LONGEST
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def give(self) -> None:
        """Wait until nothing goes first, a quarter of a second at most."""
        latest = self._clock.elapsed() + LONGEST
        with self._changed:
            while self._under_way and (left := min(self._until, latest) - self._clock.elapsed()) > 0:
                self._changed.wait(left)
