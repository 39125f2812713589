"""The part of a record's status that tells what was edited and is made anew, where anybody may have written anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gitops_breakglass.core.record_parts import key_manifest, list_of, read_key, text_of
from gitops_breakglass.model.grant import Record, Remake
from gitops_breakglass.model.kube import ObjectKey

MOST_REMAKES = 3
"""How often an object is made anew in its window; whoever edits it once more has ended it."""


def read_remakes(data: object) -> tuple[Remake, ...]:
    """Return what a status lists; a number that can't be read counts as too many, since that only ends access."""
    return tuple(
        Remake(key, text_of(each.get("uid")), times if type(times := each.get("times")) is int else MOST_REMAKES)
        for each in list_of(data)
        if isinstance(each, Mapping) and (key := read_key(each)) is not None
    )


def remakes_status(remakes: Iterable[Remake]) -> list[dict[str, Any]]:
    """Return what was edited as a record's status lists it, in the order of keys; read_remakes reads it back."""
    return [
        {**key_manifest(each.key), **({"uid": each.uid} if each.uid else {}), "times": each.times}
        for each in sorted(remakes, key=lambda each: each.key)
    ]


def may_be_remade(record: Record, key: ObjectKey, uid: str) -> bool:
    """Whether this object, which somebody edited, is to be made anew once more."""
    before = _of(record.remakes, key)
    return before is None or before.times < MOST_REMAKES or (bool(uid) and before.uid == uid)


def is_to_be_remade(record: Record, key: ObjectKey) -> bool:
    """Whether what the record knows under this key is what a run took away since it was edited, and nothing else."""
    before = _of(record.remakes, key)
    return before is not None and bool(before.uid) and record.uids.get(key) == before.uid


def with_taken(remakes: Iterable[Remake], key: ObjectKey, uid: str) -> tuple[Remake, ...]:
    """Return the list with an object that is about to be taken away; the same one counts once."""
    listed = tuple(remakes)
    before = _of(listed, key)
    if before is not None and before.uid == uid:
        return listed
    taken = Remake(key, uid, 1 if before is None else before.times + 1)
    return (*(each for each in listed if each.key != key), taken)


def with_settled(remakes: Iterable[Remake], keys: Iterable[ObjectKey]) -> tuple[Remake, ...]:
    """Return the list after these were made anew, or somebody else took them away: whatever is missing then stays away."""
    settled = frozenset(keys)
    return tuple(Remake(each.key, "", each.times) if each.key in settled else each for each in remakes)


def _of(remakes: Iterable[Remake], key: ObjectKey) -> Remake | None:
    return next((each for each in remakes if each.key == key), None)
