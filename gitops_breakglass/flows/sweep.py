"""Ends what has ended: cluster and clock, nothing else."""

from __future__ import annotations

from gitops_breakglass.core.plan.ends import ended, found_hidden, hidden, in_ending_order
from gitops_breakglass.core.plan.ownership import is_record
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.flows.end import end
from gitops_breakglass.flows.statuses import status_updates, write_statuses
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.outcome import ClusterReport, Outcome
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.ports import ClusterReader, ClusterState, ClusterWriter, Pool


def sweep(cluster: ClusterWriter, pool: Pool) -> ClusterReport:
    """End every grant whose window is over or that was revoked, on one cluster, and write down that it ended."""
    try:
        state = cluster.read()
        outcomes = sweep_state(cluster, pool, state)
    except BreakglassError as error:
        return ClusterReport(cluster.name, unreachable=f"{error.message}{f' ({error.hint})' if error.hint else ''}")
    return ClusterReport(cluster.name, at=state.now, outcomes=tuple(outcomes))


def sweep_state(cluster: ClusterWriter, pool: Pool, state: ClusterState) -> list[Outcome]:
    """Do it from what was just read."""
    outcomes = end(cluster, pool, overdue(cluster, state))
    after = cluster.read() if outcomes else state
    records = {
        record.request_uid: record for live in after.objects if is_record(live) for record in [read_unproved(live)]
    }
    return outcomes + write_statuses(cluster, pool, status_updates(records, after))


def overdue(cluster: ClusterReader, state: ClusterState) -> tuple[Delete, ...]:
    """Return what has to go now: what the list shows, and what ended records list and the list lacks."""
    records = {
        record.request_uid: record for live in state.objects if is_record(live) for record in [read_unproved(live)]
    }
    found = list(ended(state.objects, records, state.now))
    for record, key in hidden(records.values(), state.objects, state.now):
        live = cluster.get(key)
        extra = found_hidden(record, live) if live is not None else None
        if extra is not None:
            found.append(extra)
    return in_ending_order(found)
