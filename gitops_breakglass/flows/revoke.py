"""Ends access now: marks the record, then ends what it lists; needs neither git nor an approval."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.plan.ownership import is_record
from gitops_breakglass.core.record import read_unproved
from gitops_breakglass.flows.sweep import sweep_state
from gitops_breakglass.model.errors import BreakglassError, ConflictError, UsageError
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import LiveObject
from gitops_breakglass.model.outcome import Applied, ClusterReport, Failed, Outcome, Verb
from gitops_breakglass.model.window import print_time
from gitops_breakglass.ports import ClusterState, ClusterWriter, Pool


def revoke(cluster: ClusterWriter, pool: Pool, name: str | None) -> ClusterReport:
    """Revoke one request by its name, or with None every one that is live. What is marked never comes back.

    Raises UsageError where there is no such request on the cluster.
    """
    state = cluster.read()
    records = [read_unproved(live) for live in state.objects if is_record(live)]
    chosen = [record for record in records if record.ended_at is None and (name is None or _named(record, name))]
    if name is not None and not chosen:
        known = sorted({_name(record) for record in records if record.ended_at is None})
        hint = f"live requests there: {', '.join(known)}" if known else "nothing is live there"
        msg = f"{cluster.name} has no live request {name}"
        raise UsageError(msg, hint=hint)
    marked = pool.map(lambda record: _mark(record, cluster, state), chosen)
    try:
        ended = sweep_state(cluster, pool, cluster.read(), by="revoke")
    except BreakglassError as error:
        return ClusterReport(cluster.name, at=state.now, outcomes=tuple(marked), unreachable=error.message)
    return ClusterReport(cluster.name, at=state.now, outcomes=(*marked, *ended))


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
