"""After a run has acted: what is there now, written into the records and the upstream resources."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from gitops_breakglass.core.plan.ends import record_is_over
from gitops_breakglass.core.plan.ownership import RESOURCES, is_grant_object
from gitops_breakglass.core.record import inventory_status
from gitops_breakglass.core.render.status import record_status, resource_status
from gitops_breakglass.model.errors import BreakglassError, ConflictError, GoneError
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import REQUEST, LiveObject
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Skipped, Verb
from gitops_breakglass.model.plan import UpdateStatus
from gitops_breakglass.ports import ClusterState, ClusterWriter, Pool


def status_updates(
    records: Mapping[str, Record],
    state: ClusterState,
    over: AbstractSet[str] = frozenset(),
    *,
    unfinished: AbstractSet[str] = frozenset(),
) -> tuple[UpdateStatus, ...]:
    """Return the statuses to write. A grant has ended when it is over and nothing of it is left on the cluster.

    What has `unfinished` ends may be left without being listed, so it has not ended yet.
    """
    made: dict[str, list[LiveObject]] = {}
    resources: dict[str, LiveObject] = {}
    for live in state.objects:
        if is_grant_object(live):
            made.setdefault(live.labels[REQUEST], []).append(live)
        elif live.key.kind in RESOURCES and live.is_marked_ours:
            resources[live.labels.get(REQUEST, "")] = live
    updates = []
    held = {*made, *unfinished}
    for uid, record in records.items():
        gone = uid not in held and (uid in over or record_is_over(record, state.now))
        ended_at = record.ended_at or (state.now if gone else None)
        status: dict[str, Any] = record_status(record, state.now, ended_at=ended_at)
        uids = dict(record.uids) | {live.key: live.uid for live in made.get(uid, ())}
        if uids != dict(record.uids):
            status["inventory"] = inventory_status(uids)
        updates += _if_changed(record.live, status, uid)
        if uid in resources:
            live = resources[uid]
            after = resource_status(record, state.now, ended_at=ended_at, live=_status_of(live))
            updates += _if_changed(live, after, uid)
    return tuple(updates)


def write_statuses(cluster: ClusterWriter, pool: Pool, updates: tuple[UpdateStatus, ...]) -> list[Outcome]:
    """Write them; one that fails is told and written in the next run."""

    def write(update: UpdateStatus) -> Outcome:
        try:
            cluster.replace_status(update.key, update.manifest)
        except GoneError:
            pass
        except ConflictError:
            return Skipped(update.key, update.request, "another run wrote it at the same time")
        except BreakglassError as error:
            return Failed(update.key, update.request, error.message, error.hint)
        return Applied(update.key, Verb.UPDATED, update.request)

    return pool.map(write, updates)


def _if_changed(live: LiveObject, status: Mapping[str, Any], uid: str) -> list[UpdateStatus]:
    before = _status_of(live)
    if all(before.get(name) == value for name, value in status.items()):
        return []
    manifest = {**live.manifest, "status": {**before, **status}}
    return [UpdateStatus(live.key, manifest, uid, f"it is {status.get('state', 'changed')} now")]


def _status_of(live: LiveObject) -> Mapping[str, Any]:
    """Return the status that is there; whatever somebody else wrote in its place is none."""
    status = live.manifest.get("status")
    return status if isinstance(status, Mapping) else {}
