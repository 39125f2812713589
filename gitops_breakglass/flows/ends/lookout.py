"""One cluster's ends kept on time beside whatever else runs: it looks, waits, deletes, and waits for no deletion."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from math import inf

from gitops_breakglass.flows.ends.punctual import end_known, ends_in, until_end
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.outcome import Applied, Failed
from gitops_breakglass.model.plan import KnownEnd
from gitops_breakglass.ports import Bell, Beside, Clock, ClusterEnder, First, Pool, Watcher

LONGEST_BACK_OFF = timedelta(seconds=5)
"""How long a refused end waits at most for its next try here; whoever sweeps tries it too."""
_FIRST_BACK_OFF = timedelta(milliseconds=250)
_BETWEEN_LOOKS = timedelta(milliseconds=250)
"""How soon after a look a change leads to the next one: many objects are made at once."""
_OF_THE_TIME = 3
"""Looks take at most a third of the time, however long one takes: they are not to keep the API server from ends."""
_NAP = 0.5
"""Seconds after which a stop is noticed."""


@dataclass
class _Trial:
    """What became of ending one binding so far."""

    failures: int = 0
    again: float = -inf
    """From which tick on it is tried again; never while it is being tried, nor after it was done."""


_NEW = _Trial()


class Lookout:
    """Runs on a thread of its own and rings `bell` when it ended something, so that somebody sweeps what is left.

    An end that is refused, or hangs, is tried again with a back-off of its own, in nobody's way. `interval` is how long it
    relies on the watcher.
    """

    def __init__(
        self,
        cluster: ClusterEnder,
        pool: Pool,
        clock: Clock,
        watcher: Watcher,
        *,
        bell: Bell,
        beside: Beside,
        interval: timedelta,
        seen: Callable[[Sequence[KnownEnd]], None] = lambda _: None,
        first: First = nullcontext,
    ) -> None:
        self._cluster = cluster
        self._pool = pool
        self._clock = clock
        self._watcher = watcher
        self._bell = bell
        self._beside = beside
        self._interval = interval
        self._seen = seen
        self._first = first
        self._known: tuple[KnownEnd, ...] = ()
        self._trials: dict[str, _Trial] = {}
        self._told: deque[Applied] = deque()
        self._bug: BaseException | None = None
        self._is_looking = False
        self._took = 0.0
        """Seconds of the last look."""
        self._lock = threading.Lock()

    def told(self) -> list[Applied]:
        """Return which ends were made since somebody last asked; raises what stopped it, where something did.

        What was refused is not among it: the sweep that it rings for says so.
        """
        if self._bug is not None:
            raise self._bug
        return [self._told.popleft() for _ in range(len(self._told))]

    def run(self, stopped: Callable[[], bool]) -> None:
        """Keep ends on time until `stopped`."""
        with self._heard():
            looked, changed = self._clock.elapsed() - self._interval.total_seconds(), False
            while not stopped():
                pause = self._interval.total_seconds()
                if changed:
                    pause = min(pause, max(_BETWEEN_LOOKS.total_seconds(), _OF_THE_TIME * self._took))
                wait = looked + pause - self._clock.elapsed()
                if wait <= 0 and not self._is_looking:
                    changed, looked, self._is_looking = False, self._clock.elapsed(), True
                    # It takes a moment, in which something may end.
                    self._beside(self._look)
                due = until_end(self._cluster, self._waiting())
                pause = min(_NAP, _NAP if due is None else due.total_seconds())
                changed |= self._watcher.wait(min(wait, pause) if wait > 0 else pause)
                self._end_due()

    def _look(self) -> None:
        begun = self._clock.elapsed()
        with self._heard():
            try:
                self._known = self._look_around()
            except BreakglassError:
                # Whoever sweeps tells of it; what is known holds.
                return
            finally:
                self._took = self._clock.elapsed() - begun
                self._is_looking = False
            self._seen(self._known)
            there = {each.delete.live.uid for each in self._known}
            with self._lock:
                self._trials = {uid: each for uid, each in self._trials.items() if uid in there}
            self._end_due()

    def _look_around(self) -> tuple[KnownEnd, ...]:
        """Return what is to end. One kind that can't be listed hides nothing of the others, and nothing known is forgotten."""
        try:
            return ends_in(self._cluster.read())
        except BreakglassError:
            state = self._cluster.access()
        found = {each.delete.live.uid: each for each in ends_in(state)}
        if state.unreadable:
            for each in self._known:
                there = found.setdefault(each.delete.live.uid, each)
                if each.at < there.at:
                    found[each.delete.live.uid] = each
        return tuple(found.values())

    def _waiting(self) -> list[KnownEnd]:
        """Return what is to end and is not being tried, nor was refused a moment ago."""
        now = self._clock.elapsed()
        return [each for each in self._known if self._is_waiting(each, now)]

    def _is_waiting(self, known: KnownEnd, now: float) -> bool:
        again = self._trials.get(known.delete.live.uid, _NEW).again
        return again <= now and again != inf

    def _end_due(self) -> None:
        """End what is due, by a question to the cluster where its clock may have come that far."""
        waiting = self._waiting()
        time = self._cluster.server_time()
        if not waiting or (time is not None and time.latest < min(each.at for each in waiting)):
            return
        try:
            with self._first():
                now = self._cluster.now()
        except BreakglassError:
            return
        with self._lock:
            # What another thread has taken up meanwhile is not waiting any more.
            due = [each for each in waiting if each.at <= now and self._is_waiting(each, inf)]
            for each in due:
                self._trials.setdefault(each.delete.live.uid, _Trial()).again = inf
        if due:
            # It may hang: a webhook that does not answer takes ten seconds for each deletion.
            self._beside(lambda: self._try(due))

    def _try(self, due: Sequence[KnownEnd]) -> None:
        with self._heard():
            with self._first():
                outcomes = end_known(self._cluster, self._pool, due)
            for outcome in outcomes:
                if isinstance(outcome, Applied):
                    self._told.append(outcome)
                elif isinstance(outcome, Failed):
                    self._again_later(next(each for each in due if each.delete.live.key == outcome.key))
            self._bell.ring()

    def _again_later(self, known: KnownEnd) -> None:
        with self._lock:
            # A look goes through all of them meanwhile.
            trial = self._trials.setdefault(known.delete.live.uid, _Trial())
        pause = min(_FIRST_BACK_OFF * 2 ** min(trial.failures, 10), LONGEST_BACK_OFF)
        trial.failures += 1
        trial.again = self._clock.elapsed() + pause.total_seconds()

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """Keep a bug for whoever asks what was done: on a thread of its own nobody would hear of it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - any bug
            self._bug = error
            self._bell.ring()
