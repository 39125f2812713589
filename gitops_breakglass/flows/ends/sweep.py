"""Ends what has ended: cluster and clock, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gitops_breakglass.core.plan.ends import end_of, ended, found_hidden, hidden, in_ending_order
from gitops_breakglass.core.plan.ownership import is_grant_object, is_record
from gitops_breakglass.core.record import one_each, read_unproved
from gitops_breakglass.core.render.breakglass_failure import attempts_of
from gitops_breakglass.core.retention import outlived
from gitops_breakglass.flows.ends.end import end, end_access, end_rest
from gitops_breakglass.flows.ends.remains import look_after
from gitops_breakglass.flows.ends.salvage import end_what_shows
from gitops_breakglass.flows.look_around import Left, look_around
from gitops_breakglass.flows.statuses import status_updates, write_statuses
from gitops_breakglass.model.errors import BreakglassError
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.lease import SWEEPER
from gitops_breakglass.model.outcome import ClusterReport, Failed, Outcome
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.ports import ClusterEnder, ClusterSight, ClusterState, Pool


def sweep(cluster: ClusterEnder, pool: Pool, *, by: str = SWEEPER) -> ClusterReport:
    """End every grant whose window is over or that was revoked, on one cluster, and write down that it ended.

    `by` is who says so in the records. Where not everything can be listed, what shows to be over ends all the same.
    """
    try:
        state = cluster.read()
        outcomes = sweep_state(cluster, pool, state, by=by)
    except BreakglassError as error:
        shown = tuple(end_what_shows(cluster, pool))
        return ClusterReport(cluster.name, outcomes=shown, unreachable=error.in_one_line())
    return ClusterReport(cluster.name, at=state.now, outcomes=tuple(outcomes), due=next_end(state))


def sweep_state(cluster: ClusterEnder, pool: Pool, state: ClusterState, *, by: str = SWEEPER) -> list[Outcome]:
    """End what is over in what was just read: first what the list shows, then what ended records list and the list lacks.

    The resource of a session that ended long enough ago goes too. `by` is who says so in the records.
    """
    before, judged_at = state.objects, state.now
    records = _records(state)
    overdue = (*ended(state.objects, records, state.now), *outlived(state.objects, records, state.now))
    outcomes = end_access(cluster, pool, overdue)
    outcomes += _end_hidden(cluster, pool, records, state)
    outcomes += end_rest(cluster, pool, overdue, outcomes)
    if outcomes:
        state = cluster.read()
        records = _records(state)
    known = one_each(records)
    looked = look_after(cluster, pool, known.values(), state.now)
    seen = look_around(known, state, left=Left.of(outcomes), before=before, judged_at=judged_at, by=by)
    # It makes nothing, so it can't tell whether what could not be made can be made now.
    updates = status_updates(
        known, seen, by=by, attempts=attempts_of(outcomes, is_whole=False), sessions=looked.sessions
    )
    return [*outcomes, *looked.outcomes, *write_statuses(cluster, pool, updates)]


def next_end(state: ClusterState) -> datetime | None:
    """Return the next end that an object of a grant states, after the time of the state."""
    ends = [end for live in state.objects if is_grant_object(live) and (end := end_of(live)) is not None]
    return min((end for end in ends if end > state.now), default=None)


def look(cluster: ClusterSight, record: Record, key: ObjectKey) -> Delete | Failed | None:
    """Look for one object that the list lacks; what can't be looked at may still be there, and give access."""
    try:
        live = cluster.get(key)
    except BreakglassError as error:
        return Failed.of(error, key, record.request_uid, ending=True, still_grants=True)
    return found_hidden(record, live) if live is not None else None


def _end_hidden(cluster: ClusterEnder, pool: Pool, records: Sequence[Record], state: ClusterState) -> list[Outcome]:
    found = pool.map(lambda each: look(cluster, *each), hidden(records, state.objects, state.now))
    failed: list[Outcome] = [each for each in found if isinstance(each, Failed)]
    return failed + end(cluster, pool, in_ending_order(each for each in found if isinstance(each, Delete)))


def _records(state: ClusterState) -> list[Record]:
    return [read_unproved(live) for live in state.objects if is_record(live)]
