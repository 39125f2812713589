"""Parts of records as they lie on a cluster, where anybody may have written anything: keys, times, occurrences, marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from gitops_breakglass.model.grant import LedgerMarks, Occurrence
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.window import parse_time, print_time

LONG_PAST = parse_time("0001-01-01T00:00:00Z")
"""What a time that can't be read is taken for, since it only ever ends access."""


def mapping_of(value: object) -> Mapping[str, Any]:
    """Return what lies there if it is a mapping, else none."""
    return value if isinstance(value, Mapping) else {}


def list_of(value: object) -> Sequence[Any]:
    """Return what lies there if it is a list, else none."""
    return value if isinstance(value, list) else ()


def text_of(value: object) -> str:
    """Return what lies there if it is text, else none."""
    return value if isinstance(value, str) else ""


def time_or_past(value: object) -> datetime | None:
    """Read a time; one that is there and can't be read counts as long past, since it only ever ends access."""
    if value is None:
        return None
    try:
        return parse_time(str(value))
    except ValueError:
        return LONG_PAST


def read_key(data: object) -> ObjectKey | None:
    """Return the key that lies there, or None where it is none."""
    if not isinstance(data, Mapping):
        return None
    fields = [data.get(name, "") for name in ("apiVersion", "kind", "namespace", "name")]
    return ObjectKey(*fields) if all(isinstance(each, str) for each in fields) and fields[3] else None


def key_manifest(key: ObjectKey) -> dict[str, str]:
    """Return a key as a record lists it."""
    data = {"apiVersion": key.api_version, "kind": key.kind, "namespace": key.namespace, "name": key.name}
    return {name: value for name, value in data.items() if value}


def inventory_status(uids: Mapping[ObjectKey, str]) -> list[dict[str, str]]:
    """Return the inventory with the uids of what was made, as the record's status keeps it."""
    return [{**key_manifest(key), "uid": uid} for key, uid in sorted(uids.items())]


def read_occurrences(data: object) -> tuple[Occurrence, ...]:
    """Return the occurrences that a status lists; one whose end can't be read is long over, so that it is ended."""
    return tuple(
        Occurrence(
            start=time_or_past(each.get("start")) or LONG_PAST,
            end=time_or_past(each.get("end")) or LONG_PAST,
            objects=tuple(key for item in list_of(each.get("objects")) if (key := read_key(item))),
            ended_at=time_or_past(each.get("endedAt")),
            ended_by=text_of(each.get("endedBy")),
        )
        for each in list_of(data)
        if isinstance(each, Mapping)
    )


def occurrences_status(occurrences: Iterable[Occurrence]) -> list[dict[str, Any]]:
    """Return occurrences as the record's status lists them."""
    return [
        {
            "start": print_time(each.start),
            "end": print_time(each.end),
            "objects": [key_manifest(key) for key in each.objects],
            **({"endedAt": print_time(each.ended_at)} if each.ended_at is not None else {}),
            **({"endedBy": each.ended_by} if each.ended_by else {}),
        }
        for each in sorted(occurrences, key=lambda each: each.start)
    ]


def read_marks(data: Mapping[str, Any]) -> LedgerMarks:
    """Return what of a request the ledger tells, as a status says it."""
    decided, ended = (each if type(each := data.get(name)) is int else 0 for name in ("decided", "ended"))
    granted, occurrences, injected = (
        frozenset(filter(None, map(text_of, list_of(data.get(name)))))
        for name in ("granted", "occurrences", "injected")
    )
    return LedgerMarks(decided, granted, ended, occurrences, injected)


def marks_status(marks: LedgerMarks) -> dict[str, Any]:
    """Return what of a request the ledger tells, as the record's status keeps it."""
    return {
        "decided": marks.decided,
        "granted": sorted(marks.granted),
        "ended": marks.ended,
        **({"occurrences": sorted(marks.occurrences)} if marks.occurrences else {}),
        **({"injected": sorted(marks.injected)} if marks.injected else {}),
    }
