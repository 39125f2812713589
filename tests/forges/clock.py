"""A forge's own time, which only moves when somebody does something or when it is told to."""

from datetime import UTC, datetime, timedelta

from gitops_breakglass.adapters.clock import SystemClock

BEGINNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEP = timedelta(seconds=10)


class Clock:
    """`now` is aware and has whole seconds, as forges tell them."""

    def __init__(self, now=BEGINNING):
        self.now = now

    def tick(self):
        """One verb later."""
        self.now += STEP
        return self.now

    def advance(self, **span):
        """`advance(hours=2)`: the arguments are those of a timedelta."""
        self.now += timedelta(**span)
        return self.now


class RealClock(Clock):
    """The machine's time, in whole seconds, beside a real API server or a command that reads the time itself."""

    def __init__(self):
        pass

    @property
    def now(self):
        return SystemClock().now().replace(microsecond=0)

    def tick(self):
        """What happens next happens now."""
        return self.now
