"""The loops as processes of the model: what they start beside themselves, what wakes them, and how late they may be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gitops_breakglass.flows.ends.sweep_loop import LoopHands, sweep_loop
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.flows.watch import watch
from tests.simulation.baton import Process
from tests.simulation.process import Line, ModelCluster, OneByOne
from tests.simulation.world import World

INTERVAL = timedelta(seconds=60)
LATEST = {"watch": timedelta(seconds=2), "sweep-loop": timedelta(seconds=1)}
"""How late an end may be at most beside a loop with which nothing is wrong, by the model's time for calls."""


@dataclass
class Rung:
    """A bell, and what rings on each write of the cluster where it is a watcher."""

    line: Line
    rings: int = 0
    sleeper: Process | None = None

    def ring(self) -> None:
        self.rings += 1
        if self.sleeper is not None and self.sleeper.wake is not None:
            self.sleeper.wake = self.line.baton.time.moment

    def wait(self, seconds: float) -> bool:
        self.line.step()
        if not self.rings:
            self.sleeper = self.line.baton.current
            self.line.sleep(seconds)
            self.sleeper = None
        rung, self.rings = self.rings > 0, 0
        return rung

    def close(self) -> None:
        """There is nothing to close."""


def sweep_loops(world: World, line: Line, until: datetime) -> None:
    """The sweeper in its loop, with its lookout beside it."""

    def beside(function: Callable[[], None]) -> None:
        world.baton.begin(Process(f"{line.name}+", function))

    watcher = Rung(line)
    world.watchers.append(watcher.ring)
    hands = LoopHands(ModelCluster(line), OneByOne(), line, watcher, Rung(line), beside)
    drained(sweep_loop(hands, INTERVAL, lambda: world.time.moment >= until))


def watches(world: World, line: Line, until: datetime) -> None:
    """The reconciler in its loop, where its runs are all that there is."""
    hands = world.hands(line)
    run = lambda: reconcile([hands], world.reader(line))  # noqa: E731
    drained(watch(run, line, INTERVAL, lambda: world.time.moment >= until))


def judged(world: World, latest: timedelta, until: datetime) -> None:
    """Beside a loop with which nothing is wrong: no end is later than it may be, at any time, and none is early."""
    begun = world.server.now()
    while world.time.moment < until:
        world.baton.sleep(0.5)
        world.oracle.what_was_promised(begun, seen=True)
        since = world.server.now() - latest
        if since > begun:
            world.oracle.access_has_ended(since, early=False, why="beside a loop, and it was over by")


def drained(reports: Iterator[Any]) -> None:
    """Let a loop go until it ends."""
    for _ in reports:
        pass
