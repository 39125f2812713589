"""A bell that any thread may ring and one waits for."""

from __future__ import annotations

import queue


class QueuedBell:
    """A Bell; however often it is rung before somebody waits, it wakes once. A signal handler may ring it."""

    def __init__(self) -> None:
        # Not an Event: setting one from a signal handler may deadlock with the wait that it interrupts.
        self._rung: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ring(self) -> None:
        """Wake who waits, or who waits next."""
        self._rung.put(None)

    def wait(self, seconds: float) -> bool:
        """Whether it was rung since the last wait, or is within so many seconds."""
        try:
            self._rung.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return False
        while not self._rung.empty():
            self._rung.get()
        return True
