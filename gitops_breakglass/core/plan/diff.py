"""The difference between what is desired and what is there, per cluster; order of input never matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from gitops_breakglass.core.plan.edited import tampered
from gitops_breakglass.core.plan.ends import in_ending_order
from gitops_breakglass.core.plan.guards import guard_difference
from gitops_breakglass.core.plan.ownership import (
    BINDINGS,
    PARAMETERS,
    ROLES,
    is_grant_object,
    is_parameters,
    is_session_object,
    is_stray,
)
from gitops_breakglass.core.plan.session_objects import session_compared
from gitops_breakglass.core.rbac.algebra import (
    canonical,
    covers,
    from_manifest,
    intersect,
    to_manifest,
    uncovered,
    union,
)
from gitops_breakglass.core.record_remakes import is_to_be_remade, may_be_remade
from gitops_breakglass.model.enforcement import MARKER_GROUP
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import REQUEST, LiveObject, Manifest, ObjectKey
from gitops_breakglass.model.plan import Conflict, Create, Delete, Keep, Refresh, Shrink
from gitops_breakglass.model.rules import Rules

T = TypeVar("T")
_UNPROVED = "no proved request asks for it"
_NOTHING: Mapping[ObjectKey, Rules] = MappingProxyType({})


@dataclass(frozen=True)
class Difference:
    """What to end, to shrink and to create, what stays, and what is in the way; `guards` and `refreshes` as in a plan."""

    ends: tuple[Delete, ...]
    shrinks: tuple[Shrink, ...]
    guards: tuple[Create | Refresh, ...]
    creations: tuple[Create, ...]
    refreshes: tuple[Refresh, ...]
    keeps: tuple[Keep, ...]
    conflicts: tuple[Conflict, ...]


def diff(
    desired: Mapping[ObjectKey, Manifest],
    live: Sequence[LiveObject],
    records: Mapping[str, Record],
    reasons: Mapping[str, str],
    *,
    enumerated: Mapping[ObjectKey, Rules] = _NOTHING,
    frozen: AbstractSet[str] = frozenset(),
    followers: AbstractSet[str] = frozenset(),
) -> Difference:
    """Compare. `reasons` say, by request uid, why a request's objects are not desired any more.

    What a record says was made and is not there was taken away by hand: it is reported, and never made again (but for
    the guard's parameters, which only take away). A Role only shrinks, or follows what is `enumerated` for it: names of
    live objects, and the marks by which the guard knows what it is held to. What there is of a `frozen` request stays.
    `followers` are the uids of what the workloads of debug sessions control: nothing desires it, and it stays with them.
    Creations come in the order of `desired`, as far as that is an order of one request.
    """
    seen = [each for each in live if is_grant_object(each) and not is_parameters(each.key)]
    found = [_compared(each, desired, reasons, records, enumerated, frozen, followers) for each in seen]
    strays = (Conflict(each.key, "", "it carries our label and was not made by us") for each in live if is_stray(each))
    conflicts: list[Conflict] = list(strays)
    there = {each.key for each in seen}
    creations: list[Create] = []
    for key, manifest in desired.items():
        if key in there or key.kind in PARAMETERS:
            continue
        uid = manifest["metadata"]["labels"][REQUEST]
        record = records.get(uid)
        if record is not None and is_to_be_remade(record, key):
            creations.append(Create(key, manifest, uid, "somebody edited it; it is made anew as it was signed"))
        elif record is not None and key in record.uids:
            conflicts.append(Conflict(key, uid, "it was made and somebody took it away; it is not made again"))
        else:
            creations.append(Create(key, manifest, uid, "its window is open"))
    roles = [manifest for key, manifest in desired.items() if key.kind not in PARAMETERS]
    guards = guard_difference(
        {key: manifest for key, manifest in desired.items() if key.kind in PARAMETERS},
        live,
        records,
        reasons=reasons,
        granted={*frozen, *(each["metadata"]["labels"][REQUEST] for each in roles)},
        busy={*frozen, *(each.request for each in found if isinstance(each, Shrink | Refresh))},
    )
    return Difference(
        in_ending_order((*_all(found, Delete), *guards.ends)),
        tuple(sorted(_all(found, Shrink), key=lambda each: each.live.key)),
        guards.first,
        _in_making_order(creations),
        tuple(sorted((*_all(found, Refresh), *guards.last), key=lambda each: each.live.key)),
        tuple(sorted((*_all(found, Keep), *guards.keeps), key=lambda each: each.key)),
        tuple(sorted((*conflicts, *guards.conflicts), key=lambda each: each.key)),
    )


def _compared(
    live: LiveObject,
    desired: Mapping[ObjectKey, Manifest],
    reasons: Mapping[str, str],
    records: Mapping[str, Record],
    enumerated: Mapping[ObjectKey, Rules],
    frozen: AbstractSet[str],
    followers: AbstractSet[str],
) -> Delete | Shrink | Refresh | Keep:
    """Return what becomes of one object of a grant that is there."""
    uid = live.labels[REQUEST]
    if uid in frozen:
        return Keep(live.key, uid)
    wanted = desired.get(live.key)
    if is_session_object(live.key):
        lost = "nothing of its session wants it, or controls it, any more" if uid in records else _UNPROVED
        why = reasons.get(uid, lost)
        return session_compared(live, wanted, uid, record=records.get(uid), followers=followers, why=why)
    if wanted is None:
        return Delete(live, uid, reasons.get(uid, _UNPROVED))
    asked = wanted["metadata"]["labels"][REQUEST]
    if problem := tampered(live, wanted):
        return taken_anew(live, wanted, records.get(asked), problem)
    return _compare(live, wanted, asked, enumerated.get(live.key, ()))


def _all(found: Iterable[object], kind: type[T]) -> list[T]:
    return [each for each in found if isinstance(each, kind)]


def taken_anew(live: LiveObject, wanted: Manifest, record: Record | None, why: str) -> Delete:
    """Return the end of an object that somebody edited. It is made anew, unless that was a way to end it, or once too often.

    Who takes all subjects out of a binding ends it; rights on a debug session's pods have their own rule.
    """
    uid = wanted["metadata"]["labels"][REQUEST]
    emptied = live.key.kind in BINDINGS and not live.manifest.get("subjects")
    statement = record.statement if record is not None else None
    if emptied or record is None or statement is None or statement.debug is not None:
        return Delete(live, uid, why)
    if not may_be_remade(record, live.key, live.uid):
        return Delete(live, uid, f"{why}, for the fourth time: it is not made again")
    return Delete(live, uid, f"{why}; it is made anew as it was signed", anew=wanted)


def _compare(live: LiveObject, wanted: Manifest, uid: str, enumerated: Rules) -> Shrink | Refresh | Keep:
    if live.key.kind not in ROLES or live.manifest.get("rules") == wanted.get("rules"):
        return Keep(live.key, uid)
    asked = canonical(from_manifest(wanted.get("rules") or []))
    held = canonical(from_manifest(live.manifest.get("rules") or []))
    # A Role that somebody emptied stays empty.
    follows = intersect(asked, enumerated) if held else ()
    right = union(intersect(asked, held), follows)
    if right == held:
        return Keep(live.key, uid)
    manifest = {**live.manifest, "rules": to_manifest(right)}
    if covers(held, right) and not _frees(held, right):
        return Shrink(live, manifest, uid, "it holds more than the decision and the policy side give now")
    return Refresh(live, manifest, uid, "live objects or deny policies have changed")


def _frees(held: Rules, right: Rules) -> bool:
    """Whether the Role would lose a mark, so that the guard would hold it to less; its parameters come first then."""
    return bool(uncovered(_marks(right), _marks(held)))


def _marks(rules: Rules) -> Rules:
    return tuple(each for each in rules if MARKER_GROUP in each.api_groups)


def _in_making_order(creations: Sequence[Create]) -> tuple[Create, ...]:
    """Sort what is made: what sessions make, as their decisions have it, then Roles, then bindings."""
    numbered = enumerate(creations)
    own = [(each.request, at, each) for at, each in numbered if is_session_object(each.key)]
    rights = [each for each in creations if not is_session_object(each.key)]
    rights.sort(key=lambda each: (_creation_order(each.key), each.key))
    return (*(each for _, _, each in sorted(own, key=lambda one: one[:2])), *rights)


def _creation_order(key: ObjectKey) -> int:
    return 2 if key.kind in BINDINGS else 1 if key.kind in ROLES else 0
