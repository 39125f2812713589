"""What has ended, by the cluster and a clock alone: no git, no forge, no configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from gitops_breakglass.core.occurrences import open_keys, over_at
from gitops_breakglass.core.plan.ownership import (
    BINDINGS,
    ending_order,
    is_grant_object,
    is_namespace,
    may_be_grant_object,
)
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, REQUEST, LiveObject, ObjectKey
from gitops_breakglass.model.plan import Delete, KnownEnd
from gitops_breakglass.model.session_kinds import POD
from gitops_breakglass.model.window import parse_time


def ended(objects: Sequence[LiveObject], records: Iterable[Record], now: datetime) -> tuple[Delete, ...]:
    """Return what has to go now, bindings first.

    The earliest end that the object or any record about it states holds; an end that can't be read has passed.
    """
    about = _about(records)
    return in_ending_order(
        Delete(live, live.labels[REQUEST], why)
        for live in objects
        if is_grant_object(live) and (why := why_ended(live, _records_of(live, about), now)) is not None
    )


def known_ends(objects: Sequence[LiveObject], records: Sequence[Record], now: datetime) -> tuple[KnownEnd, ...]:
    """Return when each binding of ours has to go, as far as is known now, the earliest first; `now` for what is over.

    An end never moves later, so what is known can be too late once something else is known, and never too early.
    """
    bindings = [live for live in objects if live.key.kind in BINDINGS and is_grant_object(live)]
    over = {each.live.key: KnownEnd(now, each) for each in ended(bindings, records, now)}
    about = _about(records)
    coming = [
        KnownEnd(end, Delete(live, live.labels[REQUEST], _why(end)))
        for live in bindings
        if live.key not in over and (end := end_of(live, _records_of(live, about))) is not None
    ]
    return tuple(sorted((*over.values(), *coming), key=lambda each: (each.at, each.delete.live.key)))


def why_ended(live: LiveObject, records: Sequence[Record], now: datetime) -> str | None:
    """Return why an object of ours has to go, or None while its window holds; `records` are those about it."""
    if any(record.revoked_at is not None for record in records):
        return "it was revoked"
    if any(record.ended_at is not None for record in records):
        # Made by a run that was stopped meanwhile, and did not know.
        return "its grant had ended before"
    end = end_of(live, records)
    if end is None:
        return "its end can't be read"
    return _why(end) if end <= now else None


def end_of(live: LiveObject, records: Sequence[Record] = ()) -> datetime | None:
    """Return the earliest end that the object, its records or the decisions state; None where one is unreadable."""
    ends = [
        _read(live.annotations.get(EXPIRES_AT, "")),
        *(end for record in records for end in _ends_of(record)),
        *(each.end for record in records for each in record.occurrences if live.key in each.objects),
    ]
    known = [end for end in ends if end is not None]
    return min(known) if len(known) == len(ends) else None


def hidden(
    records: Iterable[Record], objects: Sequence[LiveObject], now: datetime, over: AbstractSet[str] = frozenset()
) -> tuple[tuple[Record, ObjectKey], ...]:
    """Return what ended records list and the list of the cluster lacks, to be got one by one.

    Somebody may have taken a label of ours off. `over` are the uids of requests that ended before their time. A record
    that is known to have ended is not asked for again, nor is an occurrence; of a record that goes on it is what its
    occurrences list whose windows are over.
    """
    there = {live.key for live in objects if is_grant_object(live)}
    return tuple(
        (record, key)
        for record in records
        if record.ended_at is None
        for key in (
            (*listed_by(record), *session_pods(record))
            if record.request_uid in over or record_is_over(record, now)
            else sorted(open_keys(over_at(record, now)))
        )
        if may_be_grant_object(key) and key not in there
    )


def listed_by(record: Record) -> tuple[ObjectKey, ...]:
    """Return all that a record lists: what its request makes, and what each of its occurrences does."""
    return tuple(dict.fromkeys((*record.inventory, *(key for each in record.occurrences for key in each.objects))))


def session_pods(record: Record) -> Mapping[ObjectKey, str]:
    """Return the uids of a debug session's pods by their keys, as the record has them: no inventory lists a workload's."""
    return {ObjectKey(POD.api_version, POD.kind, each.namespace, each.name): each.uid for each in record.session.pods}


def record_is_over(record: Record, now: datetime) -> bool:
    """Whether nothing of this record's may hold any more."""
    if record.revoked_at is not None:
        return True
    ends = _ends_of(record)
    if not ends:
        # Only a decision on recurring access may be without an end of its own.
        return record.statement is None or record.statement.recurrence is None
    return any(end is None or end <= now for end in ends)


def found_hidden(record: Record, live: LiveObject) -> Delete | None:
    """Return the end of an object that lost our label, where another mark of ours proves that we made it.

    Its uid, as the record has it, the label with the request's uid, or the digest of the decision: each is enough.
    """
    marked = live.labels.get(REQUEST) == record.request_uid or live.annotations.get(DECISION) == record.digest
    # Anybody's namespace may be listed, and have been there before: only a mark that no session puts elsewhere counts.
    proved = not is_namespace(live.key) and live.uid in (record.uids.get(live.key), session_pods(record).get(live.key))
    if may_be_grant_object(live.key) and (proved or marked):
        return Delete(live, record.request_uid, "its window ended, and our label was taken off it")
    return None


def _ends_of(record: Record) -> list[datetime | None]:
    """Return the ends that a record states: None where one can't be read."""
    ends = []
    if EXPIRES_AT in record.live.annotations:
        ends.append(_read(record.live.annotations[EXPIRES_AT]))
    if record.statement is not None and record.statement.expires_at is not None:
        ends.append(record.statement.expires_at)
    return ends


def _about(records: Iterable[Record]) -> Mapping[str | ObjectKey, Sequence[Record]]:
    """Return the records by their request and by what they list: the label that leads to one may have been changed."""
    about: dict[str | ObjectKey, list[Record]] = {}
    for record in records:
        names: set[str | ObjectKey] = {record.request_uid, *listed_by(record)}
        for name in names:
            about.setdefault(name, []).append(record)
    return about


def _records_of(live: LiveObject, about: Mapping[str | ObjectKey, Sequence[Record]]) -> Sequence[Record]:
    return (*about.get(live.labels[REQUEST], ()), *about.get(live.key, ()))


def _why(end: datetime) -> str:
    return f"its window ended at {end:%Y-%m-%d %H:%M:%S} UTC"


def _read(text: str) -> datetime | None:
    try:
        return parse_time(text)
    except ValueError:
        return None


def in_ending_order(ends: Iterable[Delete]) -> tuple[Delete, ...]:
    """Sort what ends: bindings, pods and what makes them, anything else, Roles, and then what held them to something."""
    return tuple(sorted(ends, key=lambda each: (ending_order(each.live.key), each.live.key)))
