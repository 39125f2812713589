"""What has ended, by the cluster and a clock alone: no git, no forge, no configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from gitops_breakglass.core.plan.ownership import ending_order, ends_with_grant, is_grant_object
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import EXPIRES_AT, REQUEST, LiveObject, ObjectKey
from gitops_breakglass.model.plan import Delete
from gitops_breakglass.model.window import parse_time


def ended(objects: Sequence[LiveObject], records: Mapping[str, Record], now: datetime) -> tuple[Delete, ...]:
    """Return what has to go now, bindings first. `records` are by the request's uid.

    The earliest end that anything states holds; an end that can't be read has passed.
    """
    found = []
    for live in objects:
        if is_grant_object(live):
            why = why_ended(live, records.get(live.labels[REQUEST]), now)
            if why is not None:
                found.append(Delete(live, live.labels[REQUEST], why))
    return in_ending_order(found)


def why_ended(live: LiveObject, record: Record | None, now: datetime) -> str | None:
    """Return why an object of ours has to go, or None while its window holds."""
    if record is not None and record.revoked_at is not None:
        return "it was revoked"
    end = end_of(live, record)
    if end is None:
        return "its end can't be read"
    return f"its window ended at {end:%Y-%m-%d %H:%M:%S} UTC" if end <= now else None


def end_of(live: LiveObject, record: Record | None) -> datetime | None:
    """Return the earliest end that the object, its record or the signed decision states; None where one is unreadable."""
    stated = [live.annotations.get(EXPIRES_AT)]
    if record is not None and record.live.annotations.get(EXPIRES_AT) is not None:
        stated.append(record.live.annotations[EXPIRES_AT])
    ends = []
    for text in stated:
        try:
            ends.append(parse_time(text or ""))
        except ValueError:
            return None
    if record is not None and record.statement is not None and record.statement.expires_at is not None:
        ends.append(record.statement.expires_at)
    return min(ends)


def hidden(
    records: Iterable[Record], objects: Sequence[LiveObject], now: datetime
) -> tuple[tuple[Record, ObjectKey], ...]:
    """Return what ended records list and the list of the cluster lacks, to be got one by one.

    Somebody may have taken our label off. A record that is known to have ended is not asked for again.
    """
    listed = {live.key for live in objects}
    return tuple(
        (record, key)
        for record in records
        if record.ended_at is None and record_is_over(record, now)
        for key in record.inventory
        if ends_with_grant(key) and key not in listed
    )


def record_is_over(record: Record, now: datetime) -> bool:
    """Whether nothing of this record's may hold any more."""
    if record.revoked_at is not None:
        return True
    text = record.live.annotations.get(EXPIRES_AT)
    if text is None:
        return record.statement is None or record.statement.expires_at is None
    try:
        return parse_time(text) <= now
    except ValueError:
        return True


def found_hidden(record: Record, live: LiveObject) -> Delete | None:
    """Return the end of an object that lost our label, where its uid or its other label proves that we made it."""
    if record.uids.get(live.key) == live.uid or live.labels.get(REQUEST) == record.request_uid:
        return Delete(live, record.request_uid, "its window ended, and our label was taken off it")
    return None


def in_ending_order(ends: Iterable[Delete]) -> tuple[Delete, ...]:
    """Sort what ends: bindings, then anything else, then Roles."""
    return tuple(sorted(ends, key=lambda each: (ending_order(each.live.key), each.live.key)))
