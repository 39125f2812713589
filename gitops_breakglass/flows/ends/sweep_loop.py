"""The sweeper as a loop: sweep, wait for a change or the next sweep, for ever, while a lookout keeps ends on time beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta

from gitops_breakglass.flows.ends.lookout import Lookout
from gitops_breakglass.flows.ends.sweep import sweep
from gitops_breakglass.model.lease import SWEEPER
from gitops_breakglass.model.outcome import Applied, ClusterReport, Failed
from gitops_breakglass.model.plan import KnownEnd
from gitops_breakglass.ports import Bell, Beside, Clock, ClusterEnder, First, Pool, Watcher

LONGEST_BACK_OFF = timedelta(seconds=10)
"""How long something that was refused waits at most for the next try, and a cluster that did not answer."""
_FIRST_BACK_OFF = timedelta(seconds=1)
_SHORTEST, _LONGEST_REST = 1.0, 5.0
"""Seconds of rest after a sweep though the bell rings: sweeping for each end by itself would take the time of the next ends."""
_REST = 3.0
"""By how much the rest is longer than the sweep was: a busy machine has ends to make first."""
_NAP = 0.5
"""Seconds after which a stop is noticed."""


@dataclass(frozen=True)
class LoopHands:
    """What the loop works with: one cluster, and how it waits."""

    cluster: ClusterEnder
    pool: Pool
    clock: Clock
    watcher: Watcher
    bell: Bell
    """Rings when something has ended and the rest of it is to be swept."""
    beside: Beside
    swept: ClusterEnder | None = None
    """The cluster over connections for sweeps, where `cluster` is only for ends: these are not to wait for one to be opened."""
    give_way: Pool | None = None
    """For sweeps, which go after ends, where `pool` is only for these."""
    first: First = nullcontext
    """Surrounds ends, so that others go after them."""
    by: str = SWEEPER
    """Who says in the records that it ended."""
    seen: Callable[[Sequence[KnownEnd]], None] = lambda _: None
    """Is told at each look what will end on the cluster."""


def sweep_loop(hands: LoopHands, interval: timedelta, stopped: Callable[[], bool]) -> Iterator[ClusterReport]:
    """Yield the report of each sweep until `stopped`, with the ends that the lookout made since the one before.

    What is refused is tried for ever, and so is a cluster that does not answer. `interval` is the longest pause.
    """
    lookout = Lookout(
        hands.cluster,
        hands.pool,
        hands.clock,
        hands.watcher,
        bell=hands.bell,
        beside=hands.beside,
        interval=interval,
        seen=hands.seen,
        first=hands.first,
    )
    over: list[bool] = []
    hands.beside(lambda: lookout.run(lambda: stopped() or bool(over)))
    failures = 0
    try:
        while not stopped():
            ended, begun = lookout.told(), hands.clock.elapsed()
            report = with_ends(sweep(hands.swept or hands.cluster, hands.give_way or hands.pool, by=hands.by), ended)
            rest = min(max((hands.clock.elapsed() - begun) * _REST, _SHORTEST), _LONGEST_REST)
            yield report
            failures = failures + 1 if has_failed(report) else 0
            _wait(hands, pause_after(failures, interval), rest, stopped)
    finally:
        # Whoever begins anew after a bug has a lookout of its own then: they must not become more and more.
        over.append(True)


def with_ends(report: ClusterReport, ended: list[Applied]) -> ClusterReport:
    """Return the report with what was ended before the sweep, but for what the sweep saw to be there all the same."""
    there = {each.key for each in report.outcomes}
    return replace(report, outcomes=(*(each for each in ended if each.key not in there), *report.outcomes))


def has_failed(report: ClusterReport) -> bool:
    """Whether there is something to try again before the interval is over."""
    return report.unreachable is not None or any(isinstance(each, Failed) for each in report.outcomes)


def pause_after(failures: int, interval: timedelta) -> timedelta:
    """Return how long to wait after so many sweeps in a row in which something failed."""
    if not failures:
        return interval
    back_off: timedelta = _FIRST_BACK_OFF * 2 ** min(failures - 1, 10)
    return min(back_off, LONGEST_BACK_OFF, interval)


def _wait(hands: LoopHands, pause: timedelta, rest: float, stopped: Callable[[], bool]) -> None:
    """Wait until the pause is over, or the bell has rung and the rest is over."""
    begun, rung = hands.clock.elapsed(), False
    while not stopped():
        left = begun + (rest if rung else max(pause.total_seconds(), rest)) - hands.clock.elapsed()
        if left <= 0:
            return
        if rung:
            hands.clock.sleep(min(left, _NAP))
        else:
            rung = hands.bell.wait(min(left, _NAP))
