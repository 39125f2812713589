"""Replicas of `reconcile --watch` as processes of the model: runs, ends and a Lease, each in a thread of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from gitops_breakglass.adapters.cluster.led import LedCluster
from gitops_breakglass.core.lease import read_lease
from gitops_breakglass.flows.ends.sweep_loop import LoopHands, sweep_loop
from gitops_breakglass.flows.reconcile import reconcile
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.flows.tenure import ASK, LASTS, Tenure
from gitops_breakglass.flows.watch import Waking, watch
from gitops_breakglass.model.kube import NAMESPACE
from gitops_breakglass.model.lease import COORDINATION, RECONCILER, Lease
from gitops_breakglass.model.outcome import RunReport
from gitops_breakglass.model.policy import KubernetesTarget
from tests.simulation.baton import Process
from tests.simulation.loops import INTERVAL, Rung, drained
from tests.simulation.process import Line, ModelCluster, OneByOne, on_model
from tests.simulation.stored import Request
from tests.simulation.world import World

LATEST = timedelta(seconds=2)
"""How late an end may be at most beside a replica with which nothing is wrong, whoever holds the Lease."""
TAKEN_OVER = LASTS + ASK + timedelta(seconds=2)
"""How long after its holder died somebody else holds the Lease at the latest: server times are whole seconds."""
GRANTED = TAKEN_OVER + timedelta(seconds=20)
"""How long until what was approved is there at the latest, by a replica with which nothing is wrong."""


class LedModel(LedCluster):
    """The cluster on which things are made by whoever holds the Lease, as it is, on the server in memory."""

    def __init__(self, line: Line, standby: Callable[[], str | None]) -> None:
        super().__init__("prod", KubernetesTarget(), standby)
        on_model(self, line)


class Replica:
    """What `cli.loop` and `cli.stations` put together, of the same parts."""

    def __init__(self, world: World, line: Line, until: datetime) -> None:
        self._world = world
        self._line = line
        self._stopped = lambda: world.time.moment >= until
        self._tenure = Tenure(ModelCluster(line, deadline=5.0).leases, line.name, line)
        self._bell, self._asked, self._watcher = Rung(line), Rung(line), Rung(line)
        self._tip = ""
        world.watchers += [self._watcher.ring, self._bell.ring]

    def goes(self) -> None:
        """Run until stopped."""
        self._beside(self._ends)
        self._beside(self._holds)
        self._asked.wait(6.0)
        drained(watch(self._run, self._line, INTERVAL, self._stopped, Waking(self._bell, self._moved)))

    def _beside(self, function: Callable[[], None]) -> None:
        self._world.baton.begin(Process(f"{self._line.name}+", function))

    def _ends(self) -> None:
        cluster = ModelCluster(self._line)
        hands = LoopHands(cluster, OneByOne(), self._line, self._watcher, Rung(self._line), self._beside, by=RECONCILER)
        drained(sweep_loop(hands, INTERVAL, self._stopped))

    def _holds(self) -> None:
        while not self._stopped():
            before = self._tenure.standby()
            pause = self._tenure.turn()
            self._asked.ring()
            if before is not None and self._tenure.standby() is None:
                self._bell.ring()
            self._line.sleep(pause.total_seconds())
        self._tenure.give_back()

    def _run(self) -> RunReport:
        standby = self._tenure.standby
        hands = replace(self._world.hands(self._line), cluster=LedModel(self._line, standby), standby=standby)
        return reconcile([hands], self._read)

    def _read(self) -> Sources:
        sources = self._world.sources(self._line)
        self._tip = sources.repository.tip()
        return sources

    def _moved(self) -> bool:
        self._line.step()
        return self._tenure.standby() is None and self._world.git.head.id != self._tip


def holder(world: World) -> str:
    """Return whose the Lease is now, by the API server's time; empty where it is nobody's any more."""
    lease = lease_of(world)
    if lease is None or lease.renewed is None or world.server.now() - lease.renewed > LASTS:
        return ""
    return lease.holder


def lease_of(world: World) -> Lease | None:
    """Return the Lease of the reconcilers as it is stored."""
    stored = world.server.objects.get((COORDINATION, "leases", NAMESPACE, RECONCILER))
    return None if stored is None else read_lease(stored.body)


def led(world: World, line: Line) -> Line:
    """Let nothing be made through a replica's line that it sends while another one holds the Lease."""

    def sent(request: Request) -> None:
        # A probe, which makes nothing, and its own Lease, are no grants.
        grants = request.method == "POST" and "dryRun" not in request.query and not request.path.endswith("/leases")
        if grants and holder(world) not in {"", line.name}:
            world.oracle.fail(f"{line.name} makes {request.path} while {holder(world)} holds the Lease")

    line.sends = sent
    return line


def takes_over(world: World, until: datetime, *, grants: bool) -> None:
    """Beside a replica with which nothing is wrong: the Lease is held, and what was approved is there in time.

    `grants` says whether git and forge can be read, without which nothing is granted.
    """
    begun = world.time.moment
    free_since: datetime | None = None
    while world.time.moment < until:
        world.baton.sleep(0.5)
        now = world.time.moment
        free_since = None if holder(world) else free_since or now
        if free_since is not None and now - free_since > TAKEN_OVER - LASTS:
            world.oracle.fail(f"nobody holds the Lease since {free_since:%H:%M:%S}")
        if grants and now - begun > GRANTED:
            world.oracle.what_was_promised(world.server.now() - GRANTED)
