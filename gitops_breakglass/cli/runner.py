"""Runs of `reconcile`, one after the other: each from what is in the repository then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_breakglass.cli import wiring
from gitops_breakglass.cli.repository import AccessRepository, RepositoryOptions
from gitops_breakglass.flows.apply import Hands
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import BreakglassError, UsageError
from gitops_breakglass.model.outcome import ClusterReport, RunReport
from gitops_breakglass.model.policy import ClusterAccess
from gitops_breakglass.ports import AuditSource

if TYPE_CHECKING:
    # Half of what a loop takes, of which a single run needs nothing.
    from gitops_breakglass.cli.stations import Stations


class Runner:
    """Runs once, each time from what is in the repository then; remembers how the clusters are reached.

    With `stations` something goes on beside the runs, and says on which clusters these may grant; without them it is a
    single run, which notes that it was there, and `every` when the next is promised.
    """

    def __init__(
        self,
        options: RepositoryOptions,
        clusters: tuple[str, ...],
        key: Path | None,
        patience: float,
        *,
        stations: Stations | None = None,
        every: timedelta | None = None,
    ) -> None:
        self._options = options
        self._clusters = clusters
        self._key = key
        self._patience = patience
        self._stations = stations
        self._every = every
        self._known: dict[str, ClusterAccess] = {}
        self._tip: str | None = None
        # They go on reading where they stopped.
        self._audits: dict[ClusterAccess, AuditSource | None] = {}
        # Kept from run to run: what was read of a commit or a file's content stays true.
        self._repository = AccessRepository(options)

    @property
    def known(self) -> Mapping[str, ClusterAccess]:
        """How clusters are reached, as the default branch said last."""
        return self._known

    def close(self) -> None:
        """Stop taking audit events."""
        for source in self._audits.values():
            if source is not None:
                source.close()

    def moved(self) -> bool:
        """Whether the default branch is another one than the last run saw; what can't be told the next run tells."""
        if self._stations is not None and self._stations.are_all_on_standby:
            return False
        try:
            return self._repository.newest() != self._tip
        except BreakglassError:
            return False

    def run(self) -> RunReport:
        """Run once. What is over ends whatever became of the repository, once the clusters are known.

        Nobody has to have approved what the default branch says of clusters; where what is in force says otherwise, the
        clusters that it has are run too, so that nothing lives on where somebody took a cluster out.
        """
        unknown: str | None = None
        try:
            accesses = self._repository.policy().configuration.clusters
            if not accesses:
                raise UsageError(
                    "breakglass.yaml on the default branch names no cluster, so nothing can be run",
                    hint="if nobody was to take them out, put them back; `gitops-breakglass sweep` needs no configuration",
                )
            self._known = dict(accesses)
        except BreakglassError as error:
            if not self._known:
                raise
            unknown = error.message
        first = self._run(self._known, self._clusters, unknown)
        others = self._other_clusters(first)
        if self._stations is not None:
            self._stations.keep((*self._chosen(self._known), *others.values()))
        if not others:
            return first
        second = self._run(others, (), unknown)
        return replace(first, clusters=(*first.clusters, *second.clusters))

    def _run(self, accesses: Mapping[str, ClusterAccess], names: Sequence[str], unknown: str | None) -> RunReport:
        from gitops_breakglass.flows.reconcile import reconcile as run

        with self._hands(accesses, names) as hands:
            report = run(hands, self._refreshed, unknown)
            return replace(report, clusters=tuple(map(self._with_actors, report.clusters, hands)))

    @contextmanager
    def _hands(self, accesses: Mapping[str, ClusterAccess], names: Sequence[str]) -> Iterator[list[Hands]]:
        from gitops_breakglass.adapters.pool import ThreadPool

        if self._stations is not None:
            self._stations.open([accesses[name] for name in sorted(names or accesses) if name in accesses])
        lead = self._stations.lead if self._stations is not None else None
        pool = ThreadPool(give=self._stations.precedence.give if self._stations is not None else None)
        with wiring.open_clusters(accesses, names, self._options.path, lead) as opened:
            hands = [
                wiring.hands_for(cluster, self._key, pool, self._patience, self._audit(accesses[cluster.name]))
                for cluster in opened
            ]
            if lead is not None:
                hands = [replace(each, standby=lead(accesses[each.cluster.name]).standby) for each in hands]
            yield hands

    def _audit(self, access: ClusterAccess) -> AuditSource | None:
        if access not in self._audits:
            self._audits[access] = wiring.audit_source(access, self._options.path, loop=self._stations is not None)
        return self._audits[access]

    def _with_actors(self, report: ClusterReport, hands: Hands) -> ClusterReport:
        """Return the report with how it stands with the sweeper there; a single run also says that it was there."""
        if self._stations is not None:
            if report.unreachable:
                self._stations.reach_anew(report.cluster)
            return replace(report, actors=self._stations.actors(report.cluster))
        leases = wiring.leases_of(hands.cluster)
        if leases is None or report.unreachable:
            return report
        from gitops_breakglass.flows.beat import note_run, pulse_of
        from gitops_breakglass.model.lease import RECONCILER, SWEEPER

        try:
            note_run(leases, RECONCILER, self._every)
            return replace(report, actors=(pulse_of(leases, SWEEPER),))
        except BreakglassError:
            # Nothing hangs on it: whoever looks for this run will not find it, and says so.
            return report

    def _refreshed(self) -> Sources:
        sources = self._repository.refreshed()
        self._tip = sources.repository.tip()
        return sources

    def _chosen(self, accesses: Mapping[str, ClusterAccess]) -> list[ClusterAccess]:
        return [access for name, access in accesses.items() if not self._clusters or name in self._clusters]

    def _other_clusters(self, report: RunReport) -> dict[str, ClusterAccess]:
        """Return how clusters are reached by what is in force, where the default branch has them otherwise or not."""
        return {
            name: access
            for cluster in report.clusters
            if cluster.plan is not None and cluster.plan.in_force is not None
            for name, access in cluster.plan.in_force.clusters.items()
            if self._known.get(name) != access and (not self._clusters or name in self._clusters)
        }
