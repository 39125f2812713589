"""After a run has acted: what was seen, written into the records and the upstream resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from gitops_breakglass.core.debug.done import as_it_stands
from gitops_breakglass.core.occurrences import kept, kept_marks, kept_uids
from gitops_breakglass.core.plan.ownership import RESOURCES, is_parameters
from gitops_breakglass.core.record_parts import inventory_status, marks_status, occurrences_status
from gitops_breakglass.core.record_session import session_status
from gitops_breakglass.core.record_use import use_status
from gitops_breakglass.core.render.around import Around
from gitops_breakglass.core.render.breakglass_failure import Attempt
from gitops_breakglass.core.render.status import end_reason, enforcement_status, record_status, resource_status
from gitops_breakglass.flows.look_around import Seen, recurs
from gitops_breakglass.model.debug_state import SessionState
from gitops_breakglass.model.enforcement import Enforcement
from gitops_breakglass.model.errors import BreakglassError, ConflictError, GoneError
from gitops_breakglass.model.grant import LedgerMarks, Record
from gitops_breakglass.model.kube import REQUEST, LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Skipped, Verb
from gitops_breakglass.model.plan import UpdateStatus
from gitops_breakglass.model.use import Use
from gitops_breakglass.ports import ClusterEnder, Pool


def status_updates(
    records: Mapping[str, Record],
    seen: Seen,
    *,
    by: str,
    whys: Mapping[str, str] = MappingProxyType({}),
    marks: Mapping[str, LedgerMarks] = MappingProxyType({}),
    enforcement: Mapping[str, tuple[Enforcement, ...]] = MappingProxyType({}),
    attempts: Mapping[str, Attempt] = MappingProxyType({}),
    sessions: Mapping[str, SessionState] = MappingProxyType({}),
    uses: Mapping[str, Use] = MappingProxyType({}),
) -> tuple[UpdateStatus, ...]:
    """Return the statuses to write: how each grant stands, why and by whom it ended, and what the ledger tells of it.

    `enforcement` is that of deny policies, for the grants of which a run has found it out; `attempts` what came of the
    run's tries; `sessions` how debug sessions stand, as a whole, for those that a run has looked at; `uses` what a run has
    learned of the use of grants.
    """
    resources = _resources(seen)
    now = seen.state.now
    updates: list[UpdateStatus] = []
    for uid, found in records.items():
        record = replace(found, use=_use_of(found, uses.get(uid, found.use)))
        ended_at = seen.ended.get(uid)
        status: dict[str, Any] = record_status(record, now, ended_at=ended_at)
        if ended_at is not None and record.ended_at is None and _was_granted(record):
            status |= {"endedBy": by, "endReason": whys.get(uid) or end_reason(record)}
        told = marks.get(uid, record.marks)
        uids, told = _keep(record, seen, uid, told, status) if recurs(record) else (seen.known[uid], told)
        if uids != dict(record.uids):
            status["inventory"] = inventory_status(uids)
        if enforcement.get(uid) or (uid in enforcement and "denyPolicies" in _status_of(record.live)):
            status["denyPolicies"] = enforcement_status(enforcement[uid])
        lives = (*seen.gone.get(uid, ()), *seen.made.get(uid, ()))
        session = as_it_stands(record, sessions.get(uid, record.session), lives, now, ended=ended_at is not None)
        if session != record.session:
            status["session"] = session_status(session)
        if uid in uses:
            status["use"] = use_status(record.use)
        if uid in marks or told != record.marks:
            status["ledger"] = marks_status(told)
        updates += _if_changed(record.live, status, uid)
        if uid in resources:
            live = resources[uid]
            around = Around(
                ended_at=ended_at,
                why=whys.get(uid) or record.ended_why,
                attempt=attempts.get(uid, Attempt()),
                made=[each for each in seen.made.get(uid, ()) if not is_parameters(each.key)],
                session=session,
            )
            after = resource_status(record, now, live=live, around=around)
            if after != live.manifest.get("status"):
                updates.append(
                    UpdateStatus(live.key, {**live.manifest, "status": after}, uid, "it stands otherwise now")
                )
    return tuple(updates)


def _resources(seen: Seen) -> dict[str, LiveObject]:
    """Return the upstream resources that are there, by the uids of their requests."""
    ours = (live for live in seen.state.objects if live.key.kind in RESOURCES and live.is_marked_ours)
    return {live.labels.get(REQUEST, ""): live for live in ours}


def _use_of(found: Record, use: Use) -> Use:
    """Return what a run learned of a grant's use; when it was found idle is not told anew of what another run revoked for that."""
    return use if found.revoked_at is None else replace(use, idle_at=found.use.idle_at)


def write_statuses(cluster: ClusterEnder, pool: Pool, updates: tuple[UpdateStatus, ...]) -> list[Outcome]:
    """Write the statuses, many at a time; one that fails is told and written in the next run."""

    def write(update: UpdateStatus) -> Outcome:
        try:
            cluster.replace_status(update.key, update.manifest)
        except GoneError:
            pass
        except ConflictError:
            return Skipped(update.key, update.request, "another run wrote it at the same time")
        except BreakglassError as error:
            return Failed.of(error, update.key, update.request)
        return Applied(update.key, Verb.UPDATED, update.request)

    return pool.map(write, updates)


def _keep(
    record: Record, seen: Seen, uid: str, told: LedgerMarks, status: dict[str, Any]
) -> tuple[dict[ObjectKey, str], LedgerMarks]:
    """Put the occurrences that a record goes on listing into its status; the uids and marks that go on with them."""
    occurrences = seen.occurrences.get(uid, ())
    there = {live.uid for live in seen.made.get(uid, ())}
    uids = kept_uids(seen.known[uid], occurrences, told, there)
    listed = kept(occurrences, told)
    if listed != record.occurrences:
        status["occurrences"] = occurrences_status(listed)
    return uids, kept_marks(told, listed, uids.values())


def _was_granted(record: Record) -> bool:
    return record.statement is not None and record.statement.outcome == "granted"


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
