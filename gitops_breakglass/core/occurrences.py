"""Occurrences of recurring access: what a record lists of them before they grant, when they have ended, what it keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from gitops_breakglass.model.grant import LedgerMarks, Occurrence, Record
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.window import print_time


def start_of(occurrence: Occurrence) -> str:
    """Return what names an occurrence of its request: when it began."""
    return print_time(occurrence.start)


def unlisted(wanted: Iterable[Occurrence], listed: Sequence[Occurrence]) -> tuple[Occurrence, ...]:
    """Return those of which the list lacks something."""
    keys = {each.start: set(each.objects) for each in listed}
    return tuple(
        each for each in wanted if not set(each.objects) <= keys.get(each.start, set()) or each.start not in keys
    )


def with_listed(listed: Sequence[Occurrence], wanted: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
    """Return the list with these on it. What it holds of one already stays: an end never moves later."""
    found = {each.start: each for each in listed}
    for each in wanted:
        before = found.get(each.start)
        if before is None:
            found[each.start] = each
        else:
            found[each.start] = replace(before, objects=tuple(sorted({*before.objects, *each.objects})))
    return tuple(found[start] for start in sorted(found))


def over_at(record: Record, now: datetime) -> tuple[Occurrence, ...]:
    """Return the occurrences whose window is over, and of which nobody has written yet that nothing is left."""
    return tuple(each for each in record.occurrences if each.ended_at is None and each.end <= now)


def settled(
    record: Record, over: Iterable[Occurrence], held: AbstractSet[ObjectKey], seen: tuple[datetime, str]
) -> tuple[Occurrence, ...]:
    """Return the occurrences of a record as they stand; of `over` those have ended of which nothing is `held`.

    `seen` is when that was seen, and by whom.
    """
    ending = {each.start for each in over}
    return tuple(
        replace(each, ended_at=seen[0], ended_by=seen[1])
        if each.ended_at is None and each.start in ending and held.isdisjoint(each.objects)
        else each
        for each in record.occurrences
    )


def open_keys(occurrences: Iterable[Occurrence]) -> frozenset[ObjectKey]:
    """Return what is listed for occurrences that have not ended."""
    return frozenset(key for each in occurrences if each.ended_at is None for key in each.objects)


def last_ended(occurrences: Iterable[Occurrence]) -> Occurrence | None:
    """Return the one whose window was the last to end, of those of which nothing is left."""
    ended = (each for each in occurrences if each.ended_at is not None)
    return max(ended, key=lambda each: (each.end, each.start), default=None)


def kept(occurrences: Sequence[Occurrence], marks: LedgerMarks) -> tuple[Occurrence, ...]:
    """Return what stays on the list: what has not ended, what the ledger does not tell yet, and the last that ended."""
    last = last_ended(occurrences)
    return tuple(
        each for each in occurrences if each.ended_at is None or each is last or start_of(each) not in marks.occurrences
    )


def kept_uids(
    uids: Mapping[ObjectKey, str], occurrences: Iterable[Occurrence], marks: LedgerMarks, there: AbstractSet[str]
) -> dict[ObjectKey, str]:
    """Return the uids that a record goes on listing: of what is `there`, of what has not ended, and of what is not told."""
    needed = {
        key
        for each in occurrences
        if each.ended_at is None or start_of(each) not in marks.occurrences
        for key in each.objects
    }
    return {key: uid for key, uid in uids.items() if key in needed or uid in there or uid not in marks.granted}


def kept_marks(marks: LedgerMarks, occurrences: Iterable[Occurrence], uids: Iterable[str]) -> LedgerMarks:
    """Return the marks of what is still listed: they must not grow for years, and nothing else is told again."""
    starts = {start_of(each) for each in occurrences}
    return replace(marks, granted=marks.granted.intersection(uids), occurrences=marks.occurrences.intersection(starts))
