"""Metrics in the form that Prometheus reads: counts, times and names of clusters, and never who asked for what."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from gitops_breakglass.core.plan.ownership import BINDINGS
from gitops_breakglass.model.decision import Unknown
from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.outcome import Applied, ClusterReport, Failed, Outcome, RunReport, Verb
from gitops_breakglass.model.standing import Standing

PREFIX = "gitops_breakglass"
LAGS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900)
RUNS = (0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_REMEMBERED = 20_000
"""How many ends are known to be counted: of two that tell of the same one, the second is not."""


class Metrics:
    """What one process counts. `standings` says for each cluster how it stands there at the moment of a scrape."""

    def __init__(self, version: str, standings: Callable[[], Mapping[str, Standing]]) -> None:
        self._registry = registry = CollectorRegistry()
        self._lock = threading.Lock()
        self._counted: OrderedDict[tuple[str, object], None] = OrderedDict()
        build = Gauge("build_info", "The version that runs.", ["version"], namespace=PREFIX, registry=registry)
        build.labels(version).set(1)
        self._lag = Histogram(
            "end_lag_seconds",
            "From the promised end of a grant to the moment at which its binding was gone.",
            ["cluster"],
            namespace=PREFIX,
            registry=registry,
            buckets=LAGS,
        )
        self._runs = Counter("runs", "Runs, by their exit code.", ["code"], namespace=PREFIX, registry=registry)
        self._duration = Histogram(
            "run_seconds", "How long runs took.", namespace=PREFIX, registry=registry, buckets=RUNS
        )
        self._last_run = Gauge(
            "last_run_timestamp_seconds", "When a run last ended.", namespace=PREFIX, registry=registry
        )
        self._success = _gauge(
            registry, "last_success_timestamp_seconds", "When a run last went through on the cluster."
        )
        self._unknown = _gauge(registry, "decisions_unknown", "Requests that the last run could not decide.")
        self._held = _gauge(registry, "held_by_brake", "Brakes that hold new grants back on the cluster.")
        self._failed = _gauge(registry, "actions_failed", "Actions of the last run on the cluster that failed.")
        registry.register(_Standings(standings))

    def ran(self, report: RunReport, *, seconds: float, code: ExitCode, now: datetime) -> None:
        """Count a run; `now` is our own time at its end."""
        self._runs.labels(str(int(code))).inc()
        self._duration.observe(seconds)
        self._last_run.set(now.timestamp())
        for cluster in report.clusters:
            failed = sum(isinstance(each, Failed) for each in cluster.outcomes)
            self._failed.labels(cluster.cluster).set(failed)
            self.ended(cluster.cluster, cluster.outcomes)
            if cluster.plan is not None:
                unknown = sum(isinstance(each.decision, Unknown) for each in cluster.plan.judged)
                self._unknown.labels(cluster.cluster).set(unknown + len(cluster.plan.unknown))
                self._held.labels(cluster.cluster).set(len(cluster.plan.held))
            if not failed and _went_through(cluster, report):
                self._success.labels(cluster.cluster).set(now.timestamp())

    def ended(self, cluster: str, outcomes: Iterable[Outcome]) -> None:
        """Count how late each end was, once, however many tell of it."""
        for each in outcomes:
            match each:
                case Applied(key=key, verb=Verb.DELETED, late=float(late)) if key.kind in BINDINGS:
                    if self._is_new((cluster, key)):
                        self._lag.labels(cluster).observe(late)

    def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self._registry)

    def _is_new(self, end: tuple[str, object]) -> bool:
        with self._lock:
            if end in self._counted:
                return False
            self._counted[end] = None
            while len(self._counted) > _REMEMBERED:
                self._counted.popitem(last=False)
            return True


class _Standings(Collector):
    """Asked at each scrape, so that an end that nobody brings about grows older though nothing turns any more."""

    def __init__(self, standings: Callable[[], Mapping[str, Standing]]) -> None:
        self._standings = standings

    def collect(self) -> Iterator[Metric]:
        live = _family("grants_live", "Requests with access that is to end later.")
        overdue = _family("ends_overdue", "Requests whose access should have ended and is not known to have.")
        worst = _family("ends_overdue_worst_seconds", "By how much the oldest of these is over; 0 where there is none.")
        leads = _family("leader", "Whether this process grants on the cluster.")
        ended = _family("last_sweep_timestamp_seconds", "When everything that was over was last seen to be gone.")
        skew = _family("clock_skew_seconds", "How far the cluster's clock is ahead of this machine's.")
        missing = _family("actor_missing", "Whether an actor that ends access there is missing.", "actor")
        for name, each in sorted(self._standings().items()):
            live.add_metric([name], each.live)
            overdue.add_metric([name], each.overdue)
            worst.add_metric([name], each.worst.total_seconds())
            if each.leads is not None:
                leads.add_metric([name], int(each.leads))
            if each.ended_at is not None:
                ended.add_metric([name], each.ended_at.timestamp())
            if each.skew is not None:
                skew.add_metric([name], each.skew.total_seconds())
            for actor in each.actors:
                missing.add_metric([name, actor.actor], int(actor.is_missing))
        yield from (live, overdue, worst, leads, ended, skew, missing)


def _went_through(cluster: ClusterReport, report: RunReport) -> bool:
    """Whether nothing kept a run from doing on the cluster what is its to do."""
    known = cluster.plan is not None and not cluster.plan.unknown and not report.unknown
    return not cluster.unreachable and (known or bool(cluster.standby))


def _gauge(registry: CollectorRegistry, name: str, what: str) -> Gauge:
    return Gauge(name, what, ["cluster"], namespace=PREFIX, registry=registry)


def _family(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", what, labels=["cluster", *labels])
