"""Plans for several clusters, each failing alone."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.record import Verify
from gitops_breakglass.flows.plan import plan_cluster
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.outcome import ClusterReport, RunReport
from gitops_breakglass.ports import ClusterReader


def plan_all(clusters: Sequence[ClusterReader], sources: Sources, verify: Verify) -> RunReport:
    """Plan every cluster; nothing is written anywhere."""
    return RunReport(tuple(_planned(cluster, sources, verify) for cluster in clusters))


def _planned(cluster: ClusterReader, sources: Sources, verify: Verify) -> ClusterReport:
    try:
        plan = plan_cluster(cluster, sources, verify)
    except BreakglassError as error:
        return ClusterReport(cluster.name, unreachable=error.in_one_line())
    return ClusterReport(cluster.name, at=plan.at, plan=plan)
