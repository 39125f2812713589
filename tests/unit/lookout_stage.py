"""A cluster, a clock and a watcher for the lookout, each of which can be wrong, hang or hear nothing."""

import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

from gitops_breakglass.adapters.bell import QueuedBell
from gitops_breakglass.adapters.pool import ThreadPool, beside
from gitops_breakglass.flows.ends.lookout import Lookout
from gitops_breakglass.model.errors import RefusedError, UnreachableError
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, MANAGED_BY, MANAGER, RBAC, REQUEST, LiveObject, key_of
from gitops_breakglass.model.server_time import ServerTime
from gitops_breakglass.ports import ClusterState

START = datetime(2026, 11, 22, 5, tzinfo=UTC)


def binding(name, seconds):
    """A binding of ours that ends so many seconds after the start."""
    end = f"{START + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
    manifest = {
        "apiVersion": RBAC,
        "kind": "ClusterRoleBinding",
        "metadata": {
            "name": f"bg-{name}",
            "labels": {MANAGED_BY: MANAGER, REQUEST: "1" * 32},
            "annotations": {EXPIRES_AT: end, DECISION: "d"},
        },
    }
    return LiveObject(key_of(manifest), name, manifest)


class Cluster:
    """A cluster whose clock is ahead of ours by `ahead`; `deletes` says when each binding went, by the cluster's clock."""

    def __init__(self, clock, *bindings, ahead=timedelta()):
        self.clock = clock
        self.there = {each.uid: each for each in bindings}
        self.ahead = ahead
        self.deletes = {}
        self.refused = set()
        self.tries = []
        self.hanging = {}
        self.down = False
        self.asked = 0
        self.unlisted = set()

    def true_time(self):
        return self.clock.now() + self.ahead

    def now(self):
        self.asked += 1
        if self.down:
            raise UnreachableError("down")
        return self.true_time().replace(microsecond=0)

    def server_time(self):
        """Known to a tenth of a second."""
        return ServerTime(self.true_time() - timedelta(milliseconds=50), self.true_time() + timedelta(milliseconds=50))

    def read(self):
        return ClusterState(self.now(), "uid", tuple(self.there.values()))

    def access(self):
        """The bindings, but for those of a kind that can't be listed just now."""
        there = tuple(each for each in self.there.values() if each.uid not in self.unlisted)
        return ClusterState(self.now(), "", there, ("forbidden",) if self.unlisted else ())

    def delete(self, live):
        self.tries.append((live.uid, self.true_time()))
        if (gate := self.hanging.get(live.uid)) is not None:
            gate.wait(10)
        if live.uid in self.refused:
            raise RefusedError("a webhook does not want it")
        self.deletes[live.uid] = self.true_time()
        del self.there[live.uid]


class Ticking:
    """A watcher that hears nothing, and a clock that moves while it is waited for."""

    def __init__(self, clock, rings=()):
        self.clock = clock
        self.rings = list(rings)

    def wait(self, seconds):
        self.clock.sleep(seconds)
        if self.rings and self.clock.now() >= self.rings[0]:
            self.rings.pop(0)
            return True
        return False


def lookout(cluster, clock, *, rings=(), run=lambda function: function(), interval=10, first=nullcontext):
    return Lookout(
        cluster,
        ThreadPool(4),
        clock,
        Ticking(clock, rings),
        bell=QueuedBell(),
        beside=run,
        interval=timedelta(seconds=interval),
        first=first,
    )


def until(clock, seconds):
    return lambda: clock.now() >= START + timedelta(seconds=seconds)


def beside_but_for(cluster):
    """Run each function on a thread of its own, and wait for those that do not hang, so that the simulated time is theirs."""

    def run(function):
        done = threading.Event()
        beside(lambda: (function(), done.set()))
        done.wait(0.2)

    return run
