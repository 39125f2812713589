"""The machine's clock and a simulated one, which no other module may read around."""

from __future__ import annotations

import queue
import time
from datetime import UTC, datetime, timedelta

_SINCE_START = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The machine's time. `stop` ends every sleep, also those that begin later; a signal handler may call it."""

    def __init__(self) -> None:
        # Not an Event: setting one from a signal handler may deadlock with the wait that it interrupts.
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stopped = False

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def now(self) -> datetime:
        """Return the aware time in UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Return the seconds since the machine started, in which it slept too where the machine tells so."""
        return time.clock_gettime(_SINCE_START)

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds, or until `stop`; a time that is zero or negative does not wait."""
        if self._stopped or seconds <= 0:
            return
        try:
            self._wake.get(timeout=seconds)
        except queue.Empty:
            return
        # The next sleeper is to wake too.
        self._wake.put(None)

    def stop(self) -> None:
        """End the sleeps that are under way and all later ones."""
        self._stopped = True
        self._wake.put(None)


class SimulatedClock:
    """A clock that only moves when someone sleeps, for the demo and for tests."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware time")
        self._now = start.astimezone(UTC)
        self._stopped = False

    @property
    def is_stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def now(self) -> datetime:
        """Return the simulated time, aware and in UTC."""
        return self._now

    def elapsed(self) -> float:
        """Return the seconds that the simulated time stands for."""
        return self._now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Move the time forward by so many seconds at once; after `stop` it stands still."""
        if not self._stopped and seconds > 0:
            self._now += timedelta(seconds=seconds)

    def stop(self) -> None:
        """Make every later sleep return at once."""
        self._stopped = True
