"""After a run has acted: what is there now, written into the records and the upstream resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gitops_breakglass.core.occurrences import kept, kept_marks, kept_uids, open_keys, over_at, settled
from gitops_breakglass.core.plan.ends import record_is_over
from gitops_breakglass.core.plan.ownership import RESOURCES, is_grant_object, is_parameters
from gitops_breakglass.core.record_parts import inventory_status, marks_status, occurrences_status
from gitops_breakglass.core.render.breakglass_failure import Attempt
from gitops_breakglass.core.render.breakglass_status import Around
from gitops_breakglass.core.render.status import end_reason, enforcement_status, record_status, resource_status
from gitops_breakglass.model.enforcement import Enforcement
from gitops_breakglass.model.errors import BreakglassError, ConflictError, GoneError
from gitops_breakglass.model.grant import LedgerMarks, Occurrence, Record
from gitops_breakglass.model.kube import REQUEST, LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Applied, Failed, Outcome, Skipped, Verb
from gitops_breakglass.model.plan import Conflict, UpdateStatus
from gitops_breakglass.ports import ClusterState, ClusterWriter, Pool


@dataclass(frozen=True)
class Seen:
    """What is on a cluster after a run has acted, and what of it has come to an end."""

    state: ClusterState
    made: Mapping[str, Sequence[LiveObject]]
    """The live objects of grants, by the uid of their request."""
    known: Mapping[str, Mapping[ObjectKey, str]]
    """The uids of all objects that were made, those that this run has ended too."""
    ended: Mapping[str, datetime]
    """Since when nothing is left, by the uid of the request: as the record has it, or now."""
    occurrences: Mapping[str, tuple[Occurrence, ...]] = field(default_factory=dict)
    """Of recurring access the occurrences that records list, as they stand now, by the uid of the request."""


@dataclass(frozen=True)
class Left:
    """What may still be there although the list of a cluster lacks it, since an end failed or could not be looked for."""

    requests: frozenset[str] = frozenset()
    """The uids of requests of which something failed."""
    keys: frozenset[ObjectKey] = frozenset()
    """What failed."""

    @classmethod
    def of(cls, outcomes: Iterable[Outcome], conflicts: Iterable[Conflict] = ()) -> Left:
        """Return what a run left; `conflicts` are those of its plan, among them what it could not look at."""
        failed = [each for each in outcomes if isinstance(each, Failed)]
        keys = {each.key for each in failed} | {each.key for each in conflicts}
        return cls(frozenset(each.request for each in failed), frozenset(keys))


NOTHING_LEFT = Left()


def look_around(
    records: Mapping[str, Record],
    state: ClusterState,
    over: AbstractSet[str] = frozenset(),
    *,
    left: Left = NOTHING_LEFT,
    before: Iterable[LiveObject] = (),
    judged_at: datetime | None = None,
    by: str = "",
) -> Seen:
    """Return what is there. A grant has ended when it is over and nothing of it is left on the cluster.

    So has an occurrence. What is `left` may be there without being listed, so it has not ended yet. `before` are objects
    that were there before this run ended them: a run that was stopped may not have written down that they were made. Where
    the request, or the occurrence that lists them, goes on they are somebody else's. `judged_at` is the time at which the
    run judged what is over: what was not over then it has not looked for. `by` is who looks.
    """
    judged_at = judged_at or state.now
    made: dict[str, list[LiveObject]] = {}
    for live in state.objects:
        if is_grant_object(live):
            made.setdefault(live.labels[REQUEST], []).append(live)
    held = {live.key for lives in made.values() for live in lives} | left.keys
    gone_by = {uid for uid, record in records.items() if uid in over or record_is_over(record, judged_at)}
    occurrences = {
        uid: settled(
            record, record.occurrences if uid in gone_by else over_at(record, judged_at), held, (state.now, by)
        )
        for uid, record in records.items()
        if record.occurrences
    }
    busy = {*made, *left.requests, *(uid for uid, found in occurrences.items() if open_keys(found))}
    ended = {
        uid: record.ended_at or state.now
        for uid, record in records.items()
        if record.ended_at or (uid not in busy and uid in gone_by)
    }
    gone: dict[str, list[LiveObject]] = {}
    for live in before:
        if is_grant_object(live):
            gone.setdefault(live.labels[REQUEST], []).append(live)
    known = {
        uid: _known(record, made.get(uid, ()), gone.get(uid, ()), occurrences.get(uid, ()), ended=uid in ended)
        for uid, record in records.items()
    }
    return Seen(state, made, known, ended, occurrences)


def _known(
    record: Record,
    made: Sequence[LiveObject],
    gone: Sequence[LiveObject],
    occurrences: Sequence[Occurrence],
    *,
    ended: bool,
) -> dict[ObjectKey, str]:
    """Return the uids of all that was made of a request, those that this run has ended too."""
    known = dict(record.uids)
    if not _recurs(record):
        found = (*(gone if ended else ()), *made)
    else:
        # What is not on the list any more was told, and nothing of it must be told again.
        listed = open_keys(record.occurrences)
        over = listed - open_keys(occurrences)
        found = (*(each for each in gone if each.key in over), *(each for each in made if each.key in listed))
    return known | {live.key: live.uid for live in found}


def status_updates(
    records: Mapping[str, Record],
    seen: Seen,
    *,
    by: str,
    whys: Mapping[str, str] = MappingProxyType({}),
    marks: Mapping[str, LedgerMarks] = MappingProxyType({}),
    enforcement: Mapping[str, tuple[Enforcement, ...]] = MappingProxyType({}),
    attempts: Mapping[str, Attempt] = MappingProxyType({}),
) -> tuple[UpdateStatus, ...]:
    """Return the statuses to write: how each grant stands, why and by whom it ended, and what the ledger tells of it.

    `enforcement` is that of deny policies, for the grants of which a run has found it out; `attempts` what came of the
    run's tries.
    """
    resources = {
        live.labels.get(REQUEST, ""): live
        for live in seen.state.objects
        if live.key.kind in RESOURCES and live.is_marked_ours
    }
    now = seen.state.now
    updates: list[UpdateStatus] = []
    for uid, record in records.items():
        ended_at = seen.ended.get(uid)
        status: dict[str, Any] = record_status(record, now, ended_at=ended_at)
        if ended_at is not None and record.ended_at is None and _was_granted(record):
            status |= {"endedBy": by, "endReason": whys.get(uid) or end_reason(record)}
        told = marks.get(uid, record.marks)
        uids, told = _keep(record, seen, uid, told, status) if _recurs(record) else (seen.known[uid], told)
        if uids != dict(record.uids):
            status["inventory"] = inventory_status(uids)
        if enforcement.get(uid) or (uid in enforcement and "denyPolicies" in _status_of(record.live)):
            status["denyPolicies"] = enforcement_status(enforcement[uid])
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
            )
            after = resource_status(record, now, live=live, around=around)
            if after != live.manifest.get("status"):
                updates.append(
                    UpdateStatus(live.key, {**live.manifest, "status": after}, uid, "it stands otherwise now")
                )
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


def _recurs(record: Record) -> bool:
    return record.statement is not None and record.statement.recurrence is not None


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
