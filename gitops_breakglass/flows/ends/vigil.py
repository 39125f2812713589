"""The sweeper's heartbeat, and its eye on the reconciler's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from gitops_breakglass.flows.beat import beat, note_run, pulse_of
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.lease import RECONCILER, SWEEPER
from gitops_breakglass.ports import Bell, Clock, Leases

LASTING = timedelta(seconds=30)
"""For how long a beat of the loop says that it is at work."""
_EVERY = 5.0
_NAP = 0.5
"""Seconds between two beats, and after which a stop is noticed."""


class Vigil:
    """Beats beside the loop, and rings `bell` when there is something new to say."""

    def __init__(self, leases: Leases, holder: str, clock: Clock, bell: Bell) -> None:
        self._leases = leases
        self._holder = holder
        self._clock = clock
        self._bell = bell
        self._said: str | None = None
        self._news: list[str] = []

    def news(self) -> list[str]:
        """Return what is new since somebody last asked: that the reconciler is missing, or back, or can't be looked at."""
        news, self._news = self._news, []
        return news

    def run(self, stopped: Callable[[], bool]) -> None:
        """Beat until `stopped`."""
        while not stopped():
            self._say(beaten(self._leases, self._holder))
            until = self._clock.elapsed() + _EVERY
            while not stopped() and self._clock.elapsed() < until:
                self._clock.sleep(_NAP)

    def _say(self, what: str | None) -> None:
        if what != self._said:
            self._news.append(what or "the reconciler is at work again")
            self._said = what
            self._bell.ring()


def beaten(leases: Leases, holder: str) -> str | None:
    """Beat once for the loop; return what is to be said: that the reconciler is missing, or that nobody can tell."""
    try:
        beat(leases, SWEEPER, holder, LASTING)
        return _missing(leases)
    except BreakglassError as error:
        return f"no heartbeat: {error.in_one_line()}"


def noted_run(leases: Leases, every: timedelta | None) -> str | None:
    """Note that a single run ended, and when the next is promised; return what is to be said."""
    try:
        note_run(leases, SWEEPER, every)
        return _missing(leases)
    except BreakglassError as error:
        return f"no heartbeat: {error.in_one_line()}"


def _missing(leases: Leases) -> str | None:
    pulse = pulse_of(leases, RECONCILER)
    return str(pulse) if pulse.is_missing else None
