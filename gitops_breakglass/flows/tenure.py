"""Holding the Lease of one cluster: whoever holds it grants there, and everybody ends."""

from __future__ import annotations

from datetime import timedelta

from gitops_breakglass.core.lease import given_back, taken
from gitops_breakglass.flows.beat import pulse_of
from gitops_breakglass.model.errors import BreakglassError, ConflictError
from gitops_breakglass.model.lease import RECONCILER, SWEEPER, Heartbeat, Lease
from gitops_breakglass.ports import Clock, Leases

LASTS = timedelta(seconds=15)
"""How long a Lease is nobody else's after it was renewed."""
BELIEVED = timedelta(seconds=10)
"""How long its holder relies on it; what is left is for calls that are on their way when it stops to."""
RENEW = timedelta(seconds=4)
"""How long until it is renewed."""
ASK = timedelta(seconds=2)
"""How long until somebody who does not hold it asks again."""


class Tenure:
    """What one process knows of the Lease of one cluster; one thread takes its turns, and any may ask.

    `holder` tells this process from every other. Nothing here raises: without the Lease nothing is granted, and why is told.
    """

    def __init__(self, leases: Leases, holder: str, clock: Clock) -> None:
        self.sweeper: Heartbeat | None = None
        """How it stands with the sweeper there, as far as that is known."""
        self._leases = leases
        self._holder = holder
        self._clock = clock
        self._until = float("-inf")
        self._why = "its Lease was not asked for yet"
        self._last: Lease | None = None
        self._changed = clock.elapsed()

    def standby(self) -> str | None:
        """Return why this process does not grant there, or None while it does."""
        if self._clock.elapsed() < self._until:
            return None
        return self._why

    def turn(self) -> timedelta:
        """Take or renew the Lease, and look how it stands with the sweeper; return how long until the next turn."""
        # Counted from before the call: the API server may have written it down at once.
        asked = self._clock.elapsed()
        try:
            held = self._take(asked)
        except BreakglassError as error:
            held, self._why = False, f"its Lease could not be had: {error.in_one_line()}"
        self._look_at_sweeper()
        return RENEW if held else ASK

    def give_back(self) -> None:
        """Let the next one have it at once; where that fails it runs out by itself."""
        self._until = float("-inf")
        self._why = "this process is stopping"
        try:
            seen = self._leases.read(RECONCILER)
            if (lease := given_back(seen, self._holder)) is not None:
                self._leases.write(seen, lease)
        except BreakglassError:
            return

    def _take(self, asked: float) -> bool:
        seen = self._leases.read(RECONCILER)
        if seen.lease != self._last:
            self._last, self._changed = seen.lease, asked
        lease = taken(seen, self._holder, LASTS, still=timedelta(seconds=asked - self._changed))
        if lease is None:
            self._lose(seen.lease.holder)
            return False
        try:
            self._last = self._leases.write(seen, lease).lease
        except ConflictError:
            # Somebody was first; who it was is seen in the next turn.
            self._lose("another process")
            return False
        self._changed, self._until = asked, asked + BELIEVED.total_seconds()
        return True

    def _lose(self, holder: str) -> None:
        self._until = float("-inf")
        self._why = f"{holder} holds its Lease"

    def _look_at_sweeper(self) -> None:
        try:
            self.sweeper = pulse_of(self._leases, SWEEPER)
        except BreakglassError:
            self.sweeper = None
