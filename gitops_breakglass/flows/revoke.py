"""Ends access now: marks the record, then ends what it lists; needs neither git nor an approval."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.plan.ends import in_ending_order
from gitops_breakglass.core.plan.ownership import is_grant_object, is_record
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.flows.ends.end import end
from gitops_breakglass.flows.ends.salvage import end_what_shows
from gitops_breakglass.flows.ends.sweep import sweep_state
from gitops_breakglass.model.errors import BreakglassError, ConflictError, UsageError
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import REQUEST, LiveObject
from gitops_breakglass.model.outcome import Applied, ClusterReport, Failed, Outcome, Verb
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.model.window import print_time
from gitops_breakglass.ports import ClusterState, ClusterWriter, Pool


def revoke(cluster: ClusterWriter, pool: Pool, name: str | None) -> ClusterReport:
    """Revoke one request by its name, or with None every one that is live. What is marked never comes back.

    Where a kind can't be listed, what can be is marked and its bindings are ended; the report says so. Raises UsageError where
    there is no such request on the cluster, and what `read` raises where nothing at all can be read.
    """
    state, problem = _seen(cluster)
    records = [read_unproved(live) for live in state.objects if is_record(live)]
    chosen = [record for record in records if record.ended_at is None and (name is None or _named(record, name))]
    if name is not None and not chosen:
        if problem is not None:
            raise problem
        known = sorted({_name(record) for record in records if record.ended_at is None})
        hint = f"live requests there: {', '.join(known)}" if known else "nothing is live there"
        msg = f"{cluster.name} has no live request {name}"
        raise UsageError(msg, hint=hint)
    marked = pool.map(lambda record: _mark(record, cluster, state), chosen)
    ended: list[Outcome] = []
    try:
        if name is None:
            ended = _end_everything(cluster, pool)
        ended += sweep_state(cluster, pool, cluster.read(), by="revoke")
    except BreakglassError as error:
        ended += end_what_shows(cluster, pool, everything=name is None)
        return ClusterReport(cluster.name, at=state.now, outcomes=(*marked, *ended), unreachable=error.message)
    return ClusterReport(cluster.name, at=state.now, outcomes=(*marked, *ended))


def _seen(cluster: ClusterWriter) -> tuple[ClusterState, BreakglassError | None]:
    """Return all that is there, or of it what ends access, and why that is not all."""
    try:
        return cluster.read(), None
    except BreakglassError as error:
        try:
            return cluster.access(), error
        except BreakglassError:
            raise error from None


def _end_everything(cluster: ClusterWriter, pool: Pool) -> list[Outcome]:
    """End all objects of grants, whatever records say: one may have been lost, or could not be marked."""
    grants = [live for live in cluster.read().objects if is_grant_object(live)]
    why = "everything on the cluster was revoked"
    return end(cluster, pool, in_ending_order(Delete(live, live.labels[REQUEST], why) for live in grants))


def _mark(record: Record, cluster: ClusterWriter, state: ClusterState) -> Outcome:
    if record.revoked_at is not None:
        return Applied(record.live.key, Verb.UPDATED, record.request_uid)
    try:
        try:
            _write_revoked(record.live, cluster, state)
        except ConflictError:
            # A run that goes on meanwhile wrote its status: that must not hold a revocation back.
            fresh = cluster.get(record.live.key)
            if fresh is None or fresh.uid != record.live.uid:
                raise
            if read_unproved(fresh).revoked_at is None:
                _write_revoked(fresh, cluster, state)
    except BreakglassError as error:
        return Failed.of(error, record.live.key, record.request_uid, ending=True, still_grants=True)
    return Applied(record.live.key, Verb.UPDATED, record.request_uid)


def _write_revoked(live: LiveObject, cluster: ClusterWriter, state: ClusterState) -> None:
    spec = {**_mapping(live.manifest.get("spec")), "revokedAt": print_time(state.now)}
    cluster.replace(live, {**live.manifest, "spec": spec})


def _named(record: Record, name: str) -> bool:
    return name in (_name(record), record.request_uid, record.name)


def _name(record: Record) -> str:
    request = _mapping(_mapping(record.live.manifest.get("spec")).get("request"))
    return str(request.get("name", record.name))


def _mapping(value: object) -> Mapping[str, object]:
    """Return what a record holds there; one that somebody wrote by hand must not keep the others from ending."""
    return value if isinstance(value, Mapping) else {}
