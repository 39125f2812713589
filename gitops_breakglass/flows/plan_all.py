"""Plans for several clusters, each failing alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from gitops_breakglass.core.record import Verify
from gitops_breakglass.flows.ceiling import outgrown
from gitops_breakglass.flows.plan import plan_cluster
from gitops_breakglass.flows.pod_rules import not_installed
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.finding import Finding, in_order
from gitops_breakglass.model.outcome import ClusterReport, RunReport
from gitops_breakglass.model.plan import ClusterPlan
from gitops_breakglass.ports import ClusterReader


def plan_all(clusters: Sequence[ClusterReader], sources: Sources, verify: Verify) -> RunReport:
    """Plan every cluster; nothing is written anywhere."""
    return RunReport(tuple(_planned(cluster, sources, verify) for cluster in clusters))


def _planned(cluster: ClusterReader, sources: Sources, verify: Verify) -> ClusterReport:
    try:
        plan = plan_cluster(cluster, sources, verify)
    except BreakglassError as error:
        return ClusterReport(cluster.name, unreachable=error.in_one_line())
    findings = in_order((*plan.findings, *_outgrown(cluster, plan, sources)))
    return ClusterReport(cluster.name, at=plan.at, plan=replace(plan, findings=findings))


def _outgrown(cluster: ClusterReader, plan: ClusterPlan, sources: Sources) -> Iterator[Finding]:
    """Look at what is installed, which no run needs to do; what can't be seen of it is for `doctor` to say."""
    commit = plan.checkpoint.policy if plan.checkpoint else ""
    for look in (outgrown, not_installed):
        with suppress(BreakglassError):
            policy = sources.policy_at(commit)[0] if commit else None
            if policy is not None:
                yield from look(cluster, policy)
