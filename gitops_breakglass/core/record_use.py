"""The part of a record's status that tells of its use, where anybody may have written anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gitops_breakglass.core.record_parts import list_of, mapping_of, text_of
from gitops_breakglass.model.use import MOST_SEEN, MOST_STREAMS, MOST_USED, Seen, Stream, Target, Use
from gitops_breakglass.model.window import parse_time, print_time

_LONGEST = 1024
_PARTS = ("verb", "group", "resource", "subresource", "namespace", "name", "url")


def read_use(data: object) -> Use:
    """Return what a status says of the use; an entry that can't be read is left out, and so is a time."""
    found = mapping_of(data)
    calls, refused, impersonated = (
        each if type(each := found.get(name)) is int and each >= 0 else 0
        for name in ("calls", "refused", "impersonated")
    )
    return Use(
        since=_time(found.get("since")),
        until=_time(found.get("until")),
        first=_time(found.get("firstUsed")),
        last=_time(found.get("lastUsed")),
        calls=calls,
        refused=refused,
        impersonated=impersonated,
        used=tuple(sorted(_target(each) for each in _entries(found.get("used"), "verb")))[:MOST_USED],
        streams=tuple(
            sorted(each for item in _entries(found.get("openStreams"), "id") if (each := _stream(item)) is not None)
        )[:MOST_STREAMS],
        seen=tuple(sorted(each for item in list_of(found.get("seen")) if (each := _seen(text_of(item))) is not None))[
            -MOST_SEEN:
        ],
        idle_at=_time(found.get("idleAt")),
        is_cut=found.get("cut") is True,
    )


def use_status(use: Use) -> dict[str, Any]:
    """Return use as the record's status keeps it; read_use reads it back."""
    times = {
        "since": use.since,
        "until": use.until,
        "firstUsed": use.first,
        "lastUsed": use.last,
        "idleAt": use.idle_at,
    }
    return {
        **{name: print_time(at) for name, at in times.items() if at is not None},
        "calls": use.calls,
        "refused": use.refused,
        "impersonated": use.impersonated,
        "used": [_target_status(each) for each in use.used],
        "openStreams": [_stream_status(each) for each in use.streams],
        "seen": [_seen_status(each) for each in use.seen],
        **({"cut": True} if use.is_cut else {}),
    }


def _entries(data: object, name: str) -> list[Mapping[str, Any]]:
    return [each for each in list_of(data) if isinstance(each, Mapping) and text_of(each.get(name))]


def _time(value: object) -> datetime | None:
    """Read a time. One that can't be read is none: unlike the end of a window, it must not look long past."""
    try:
        return parse_time(text_of(value))
    except ValueError:
        return None


def _target(data: Mapping[str, Any]) -> Target:
    return Target(*(text_of(data.get(name)) for name in _PARTS))


def _target_status(target: Target) -> dict[str, str]:
    return {name: value[:_LONGEST] for name in _PARTS if (value := getattr(target, name))}


def _stream(data: Mapping[str, Any]) -> Stream | None:
    since = _time(data.get("since"))
    if since is None:
        return None
    identity, user, by, audit_id = (text_of(data.get(name)) for name in ("id", "user", "by", "auditID"))
    return Stream(since, identity, user, _target(mapping_of(data.get("target"))), by, audit_id)


def _stream_status(stream: Stream) -> dict[str, Any]:
    words = {"id": stream.id, "user": stream.user, "by": stream.by, "auditID": stream.audit_id}
    return {
        "since": print_time(stream.since),
        **{name: value[:_LONGEST] for name, value in words.items() if value},
        "target": _target_status(stream.target),
    }


def _seen(text: str) -> Seen | None:
    """Read `2026-11-23T02:18:17.510453Z 9f3a… over refused`."""
    at, *rest = text.split(" ")
    received = _time(at)
    if received is None or not rest:
        return None
    return Seen(received, rest[0], over="over" in rest[1:], refused="refused" in rest[1:])


def _seen_status(seen: Seen) -> str:
    words = [
        print_time(seen.received),
        seen.id,
        *(["over"] if seen.over else []),
        *(["refused"] if seen.refused else []),
    ]
    return " ".join(words)
