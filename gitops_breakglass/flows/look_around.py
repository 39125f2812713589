"""After a run has acted: what is on the cluster now, what was made of each request, and what has come to an end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from gitops_breakglass.core.occurrences import open_keys, over_at, settled
from gitops_breakglass.core.plan.ends import end_of, record_is_over
from gitops_breakglass.core.plan.ownership import is_grant_object, is_namespace, is_session_object
from gitops_breakglass.model.grant import Occurrence, Record
from gitops_breakglass.model.kube import DECISION, REQUEST, LiveObject, ObjectKey
from gitops_breakglass.model.outcome import Failed, Outcome
from gitops_breakglass.model.plan import Conflict
from gitops_breakglass.ports import ClusterState


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
    gone: Mapping[str, Sequence[LiveObject]] = field(default_factory=dict)
    """What was there before this run ended it, by the uid of the request."""


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
    # A namespace that others use stays after the session that made it has ended.
    there = {uid for uid, lives in made.items() if not all(is_namespace(live.key) for live in lives)}
    busy = {*there, *left.requests, *(uid for uid, found in occurrences.items() if open_keys(found))}
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
        uid: _known(
            record, made.get(uid, ()), gone.get(uid, ()), occurrences.get(uid, ()), now=judged_at, ended=uid in ended
        )
        for uid, record in records.items()
    }
    return Seen(state, made, known, ended, occurrences, gone)


def _known(
    record: Record,
    made: Sequence[LiveObject],
    gone: Sequence[LiveObject],
    occurrences: Sequence[Occurrence],
    *,
    now: datetime,
    ended: bool,
) -> dict[ObjectKey, str]:
    """Return the uids of all that was made of a request, those that this run has ended too.

    What controllers made of a workload is not among it: it comes and goes.
    """
    known = dict(record.uids)
    if not recurs(record):
        past = gone if ended else [each for each in gone if _is_over_alone(record, each, now)]
        lasting = {*record.inventory, *known}
        found = tuple(each for each in (*past, *made) if each.key in lasting or not is_session_object(each.key))
    else:
        # What is not on the list any more was told, and nothing of it must be told again.
        listed = open_keys(record.occurrences)
        over = listed - open_keys(occurrences)
        found = (*(each for each in gone if each.key in over), *(each for each in made if each.key in listed))
    # Of a session only what was made first is ours: its pods are, by the uid of what controls them.
    lasting_uids = {key: uid for key, uid in known.items() if is_session_object(key)}
    return known | {live.key: live.uid for live in found} | lasting_uids


def _is_over_alone(record: Record, live: LiveObject, now: datetime) -> bool:
    """Whether this object of a session that goes on had come to an end of its own, which is shorter."""
    end = end_of(live)
    return live.annotations.get(DECISION) == record.digest and end is not None and end <= now


def recurs(record: Record) -> bool:
    """Whether the record is about recurring access."""
    return record.statement is not None and record.statement.recurrence is not None
