"""The exit code of a run, the same in every format."""

from __future__ import annotations

from collections.abc import Iterable

from gitops_breakglass.model.exits import ExitCode
from gitops_breakglass.model.outcome import Failed, RunReport
from gitops_breakglass.model.status import ClusterStatus


def exit_of(report: RunReport, *, pending: bool = False) -> ExitCode:
    """Return the code of the worst that happened; `pending` asks for 4 where a plan has something to do."""
    clusters = report.clusters
    if any(cluster.is_bug for cluster in clusters):
        return ExitCode.BUG
    if any(isinstance(outcome, Failed) for cluster in clusters for outcome in cluster.outcomes):
        return ExitCode.ACTIONS_FAILED
    if report.unknown or any(cluster.unreachable or (cluster.plan and cluster.plan.unknown) for cluster in clusters):
        return ExitCode.UNREACHABLE
    if any(cluster.plan and cluster.plan.held for cluster in clusters):
        return ExitCode.BRAKE
    findings = [*report.findings, *(each for cluster in clusters if cluster.plan for each in cluster.plan.findings)]
    if any(finding.is_error for finding in findings):
        return ExitCode.FINDINGS
    if pending and any(cluster.plan and not cluster.plan.is_empty for cluster in clusters):
        return ExitCode.CHANGES_PENDING
    return ExitCode.CLEAN


def exit_of_status(clusters: Iterable[ClusterStatus]) -> ExitCode:
    """Return the code of the worst that was seen: what could not be read may hide what is worse than a finding."""
    seen = tuple(clusters)
    if any(cluster.unreachable for cluster in seen):
        return ExitCode.UNREACHABLE
    is_found = any(
        any(finding.is_error for finding in cluster.findings) or any(each.is_overdue for each in cluster.requests)
        for cluster in seen
    )
    return ExitCode.FINDINGS if is_found else ExitCode.CLEAN
