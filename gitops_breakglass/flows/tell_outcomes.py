"""Tells at the forge what became of merged requests: in the comment that the gate left on each change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.outcome import ClusterReport, RunReport
from gitops_breakglass.model.plan import Judged
from gitops_breakglass.ports import Desk

Text = Callable[[Judged, str], str]
"""From what was decided and the ledger's last entry to the comment."""


def tell_outcomes(report: RunReport, opened: Callable[[], Desk], text: Text) -> tuple[Finding, ...]:
    """Comment on the change of each decision that this run has put on record; return what could not be told.

    A comment is a courtesy and, by the ledger's last entry in it, an anchor that lies outside the cluster. Nothing depends
    on it, so nothing is tried again. The forge is not `opened` where there is nothing to tell.
    """
    return tuple(finding for cluster in report.clusters for finding in _tell(cluster, opened, text))


def _tell(cluster: ClusterReport, opened: Callable[[], Desk], text: Text) -> Iterator[Finding]:
    for judged in cluster.plan.judged if cluster.plan else ():
        if judged.uid not in cluster.recorded or not judged.change:
            continue
        try:
            opened().comment(judged.change, text(judged, cluster.ledger))
        except BreakglassError as error:
            yield Finding(
                "outcome-not-told",
                f"{judged.request} is decided, and {judged.change} could not be told so: {error.message}",
                Location(judged.request.path),
                Severity.WARNING,
                error.hint,
            )
