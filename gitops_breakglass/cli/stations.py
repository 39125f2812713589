"""What goes on beside the runs of a loop: on each cluster its ends, which wait for no run, and its Lease."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from gitops_breakglass.adapters.bell import QueuedBell
from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.pool import ThreadPool, beside
from gitops_breakglass.adapters.precedence import Precedence
from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.station_watch import StationWatch
from gitops_breakglass.core.overdue import standing
from gitops_breakglass.flows.ends.sweep_loop import LoopHands, has_failed, sweep_loop
from gitops_breakglass.flows.tenure import Tenure
from gitops_breakglass.model.errors import BugError
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.lease import RECONCILER, Heartbeat
from gitops_breakglass.model.outcome import Applied, ClusterReport, Verb
from gitops_breakglass.model.plan import KnownEnd
from gitops_breakglass.model.policy import ClusterAccess, KubernetesTarget
from gitops_breakglass.model.standing import Standing
from gitops_breakglass.ports import Bell

LONGEST_SWEEP = timedelta(seconds=300)
"""How long one sweep may take before whoever probes is told that it hangs."""
LONGEST_LOOK = timedelta(seconds=120)
"""The same for the lookout, and for one turn of the Lease."""
_FIRST_TURN = 6.0
"""Seconds that the first run waits to hear whether it may grant."""
_LAST = 10.0
"""Seconds that a stop waits for a sweep that is under way."""
_AFTER_A_BUG = 1.0

Tell = Callable[[ClusterReport], None]


class Station:
    """One cluster. Its threads go on until `close`; whatever happens to one of them is told, and it begins anew."""

    def __init__(
        self,
        access: ClusterAccess,
        *,
        repository: Path,
        holder: str,
        interval: timedelta,
        bell: Bell,
        tell: Tell,
        precedence: Precedence,
    ) -> None:
        self.access = access
        self._stack = ExitStack()
        # A clock of its own: ends go on while the loop is stopping.
        self._clock = clock = SystemClock()
        self._interval = interval
        self._tell = tell
        self._precedence = precedence
        self._closing = QueuedBell()
        self._closed = False
        self._cluster = wiring.open_cluster(access, repository, self._stack)
        self._swept_cluster = wiring.open_cluster(access, repository, self._stack)
        self._watch = StationWatch(wiring.watcher_for(access, self._stack), bell, clock)
        self._known: Mapping[ObjectKey, KnownEnd] = {}
        self._ended_at: datetime | None = None
        self._sweeping = clock.elapsed()
        self._leasing = clock.elapsed()
        self._asked = threading.Event()
        leases = wiring.leases_of(wiring.open_cluster(access, repository, self._stack, deadline=wiring.LEASE_SECONDS))
        self.connection = (
            wiring.open_connection(access.name, access.target, self._stack)
            if isinstance(access.target, KubernetesTarget)
            else None
        )
        self.tenure = None if leases is None else Tenure(leases, holder, clock)
        self._bell = bell
        self._threads = [threading.Thread(target=self._end, name=f"ends {access.name}", daemon=True)]
        if self.tenure is not None:
            self._threads.append(threading.Thread(target=self._hold, name=f"lease {access.name}", daemon=True))
        for each in self._threads:
            each.start()

    def asked(self) -> None:
        """Wait a little until it is known whether this process may grant."""
        if self.tenure is not None:
            self._asked.wait(_FIRST_TURN)

    def standby(self) -> str | None:
        """Return why nothing is granted there by this process, or None."""
        return None if self.tenure is None else self.tenure.standby()

    def standing(self) -> Standing:
        """Return how it stands there now, as far as is known without asking."""
        time = self._cluster.server_time()
        now = time.latest if time is not None else self._clock.now()
        found = standing(self._known.values(), now)
        leads = None if self.tenure is None else self.tenure.standby() is None
        skew = None if time is None else time.earliest + (time.latest - time.earliest) / 2 - self._clock.now()
        return replace(found, leads=leads, ended_at=self._ended_at, skew=skew, actors=self.actors())

    def actors(self) -> tuple[Heartbeat, ...]:
        """Return how it stands with the sweeper there."""
        found = self.tenure.sweeper if self.tenure is not None else None
        return () if found is None else (found,)

    def hanging(self) -> list[str]:
        """Return what has not turned for too long."""
        now, name = self._clock.elapsed(), self.access.name
        turns = [
            (f"{name}: the sweep", self._sweeping, self._interval + LONGEST_SWEEP),
            (f"{name}: the lookout", self._watch.turned, LONGEST_LOOK),
        ]
        if self.tenure is not None:
            turns.append((f"{name}: the Lease", self._leasing, LONGEST_LOOK))
        return [
            f"{what} has not turned for {now - at:.0f} s" for what, at, most in turns if now - at > most.total_seconds()
        ]

    def stop(self) -> None:
        """Ask the threads to end; `close` waits for that."""
        self._closed = True
        self._closing.ring()

    def close(self) -> None:
        """Give the Lease back and end, when what is under way is done."""
        self.stop()
        for each in self._threads:
            each.join(_LAST)
        self._stack.close()

    def _end(self) -> None:
        while not self._closed:
            hands = LoopHands(
                self._cluster,
                ThreadPool(),
                self._clock,
                self._watch,
                QueuedBell(),
                beside,
                swept=self._swept_cluster,
                give_way=ThreadPool(give=self._precedence.give),
                first=self._precedence.first,
                by=RECONCILER,
                seen=self._see,
            )
            try:
                for report in sweep_loop(hands, self._interval, lambda: self._closed):
                    self._swept(report)
            except Exception as error:  # noqa: BLE001 - ends go on, whatever it is
                self._tell_bug(error)
                self._clock.sleep(_AFTER_A_BUG)

    def _see(self, known: Iterable[KnownEnd]) -> None:
        self._known = {each.delete.live.key: each for each in known}

    def _swept(self, report: ClusterReport) -> None:
        self._sweeping = self._clock.elapsed()
        gone = {each.key for each in report.outcomes if isinstance(each, Applied) and each.verb is Verb.DELETED}
        self._known = {key: each for key, each in self._known.items() if key not in gone}
        if not has_failed(report):
            self._ended_at = self._clock.now()
        self._tell(report)

    def _hold(self) -> None:
        tenure = self.tenure
        if tenure is None:
            return
        while not self._closed:
            before = tenure.standby()
            try:
                pause = tenure.turn()
            except Exception as error:  # noqa: BLE001 - without the Lease nothing is granted, which is told
                self._tell_bug(error)
                pause = timedelta(seconds=_AFTER_A_BUG)
            self._leasing = self._clock.elapsed()
            self._asked.set()
            if before is not None and tenure.standby() is None:
                self._bell.ring()
            self._closing.wait(pause.total_seconds())
        tenure.give_back()

    def _tell_bug(self, error: Exception) -> None:
        self._tell(ClusterReport(self.access.name, unreachable=BugError.of(error).in_one_line(), is_bug=True))


class Stations:
    """Those of all clusters; `bell` rings when a run may have something to do."""

    def __init__(self, repository: Path, holder: str, interval: timedelta, *, bell: Bell, tell: Tell) -> None:
        self.precedence = Precedence(SystemClock())
        self._make = partial(
            Station,
            repository=repository,
            holder=holder,
            interval=interval,
            bell=bell,
            tell=tell,
            precedence=self.precedence,
        )
        self._stations: list[Station] = []

    @property
    def all(self) -> tuple[Station, ...]:
        """Those that there are now."""
        return tuple(self._stations)

    @property
    def are_all_on_standby(self) -> bool:
        """Whether this process grants nowhere."""
        return bool(self._stations) and all(each.standby() is not None for each in self._stations)

    def open(self, accesses: Iterable[ClusterAccess]) -> None:
        """Begin where nothing goes on yet, and wait a little to hear where this process may grant."""
        there = [each.access for each in self._stations]
        fresh = [self._make(access) for access in accesses if access not in there]
        self._stations = [*self._stations, *fresh]
        for each in fresh:
            each.asked()

    def keep(self, accesses: Iterable[ClusterAccess]) -> None:
        """End everywhere else: neither the default branch nor what is in force has such a cluster any more."""
        wanted = list(accesses)
        left = [each for each in self._stations if each.access not in wanted]
        self._stations = [each for each in self._stations if each.access in wanted]
        for each in left:
            each.close()

    def lead(self, access: ClusterAccess) -> wiring.Lead:
        """Return what says whether this process may grant on a cluster, and over what its runs call it."""
        found = next((each for each in self._stations if each.access == access), None)
        if found is None:
            return wiring.Lead(lambda: "nothing goes on beside the runs there")
        return wiring.Lead(found.standby, found.connection)

    def reach_anew(self, cluster: str) -> None:
        """Have the next run find out anew how the cluster is reached: its kubeconfig may say otherwise by now."""
        for each in self._stations:
            if each.access.name == cluster and each.connection is not None:
                each.connection.close()

    def actors(self, cluster: str) -> tuple[Heartbeat, ...]:
        """Return how it stands with the sweeper of a cluster."""
        return next((each.actors() for each in self._stations if each.access.name == cluster), ())

    def close(self) -> None:
        """End everywhere, and give all Leases back."""
        for each in self._stations:
            each.stop()
        for each in self._stations:
            each.close()
