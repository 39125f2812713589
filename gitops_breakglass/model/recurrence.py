"""Recurring access: when its windows begin, and how it stands at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_breakglass.model.window import Window


@dataclass(frozen=True)
class Recurrence:
    """The bounds within which windows open again and again. It is signed with the decision, and never changes after it."""

    cron: str
    """Five fields: minute, hour, day of month, month, day of week."""
    location: str
    """The IANA name of the zone that the fields are read in."""
    duration: timedelta
    """Elapsed time, whatever the clocks of the zone do meanwhile."""
    since: datetime
    """No window begins before it: the approving merge, or where the request asks for a later start, then."""
    until: datetime | None = None
    """No window begins then or later, and one that is open then ends."""
    max_activations: int | None = None
    """How many windows there are at most, counted from `since`, whether or not a run was there to see them."""
    ends_by: datetime | None = None
    """A moment at which the last window has ended; None where nothing says one."""


@dataclass(frozen=True)
class Course:
    """How a grant's windows stand at one moment, one-time or recurring."""

    begun: int
    """How many have begun: the reference's `activationCount`."""
    open: tuple[Window, ...]
    """Those that hold at that moment; access is their union."""
    latest: Window | None
    """The last that has begun."""
    next: Window | None
    """The next to begin."""
    problem: str | None = None
    """Why a schedule can't be read here any more; then no window is open."""
    stretch: Window | None = None
    """From when to when access holds without a break around `latest`, by the windows that have begun; it may be longer yet."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is open and nothing will be."""
        return not self.open and self.next is None and self.problem is None
