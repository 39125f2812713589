"""The difference between what is desired and what is there, per cluster; order of input never matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitops_breakglass.core.plan.ends import in_ending_order
from gitops_breakglass.core.plan.ownership import BINDINGS, ROLES, is_grant_object, is_stray
from gitops_breakglass.core.rbac.algebra import canonical, from_manifest, intersect, to_manifest
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, REQUEST, LiveObject, Manifest, ObjectKey
from gitops_breakglass.model.plan import Conflict, Create, Delete, Keep, Shrink
from gitops_breakglass.model.window import parse_time


@dataclass(frozen=True)
class Difference:
    """What to end, to shrink and to create, what stays, and what is in the way."""

    ends: tuple[Delete, ...]
    shrinks: tuple[Shrink, ...]
    creations: tuple[Create, ...]
    keeps: tuple[Keep, ...]
    conflicts: tuple[Conflict, ...]


def diff(
    desired: Mapping[ObjectKey, Manifest],
    live: Sequence[LiveObject],
    records: Mapping[str, Record],
    reasons: Mapping[str, str],
) -> Difference:
    """Compare. `reasons` say, by request uid, why a request's objects are not desired any more.

    What a record says was made and is not there was taken away by hand: it is reported, and never made again.
    """
    ends: list[Delete] = []
    shrinks: list[Shrink] = []
    keeps: list[Keep] = []
    conflicts: list[Conflict] = []
    seen: set[ObjectKey] = set()
    for each in live:
        if is_stray(each):
            conflicts.append(Conflict(each.key, "", "it carries our label and was not made by us"))
        if not is_grant_object(each):
            continue
        seen.add(each.key)
        uid = each.labels[REQUEST]
        wanted = desired.get(each.key)
        if wanted is None:
            ends.append(Delete(each, uid, reasons.get(uid, "no proved request asks for it")))
            continue
        match _compare(each, wanted, uid):
            case Delete() as end:
                ends.append(end)
            case Shrink() as shrink:
                shrinks.append(shrink)
            case Keep() as keep:
                keeps.append(keep)
    creations: list[Create] = []
    for key, manifest in desired.items():
        if key in seen:
            continue
        uid = manifest["metadata"]["labels"][REQUEST]
        record = records.get(uid)
        if record is not None and key in record.uids:
            conflicts.append(Conflict(key, uid, "it was made and somebody took it away; it is not made again"))
        else:
            creations.append(Create(key, manifest, uid, "its window is open"))
    return Difference(
        in_ending_order(ends),
        tuple(sorted(shrinks, key=lambda each: each.live.key)),
        tuple(sorted(creations, key=lambda each: (_creation_order(each.key), each.key))),
        tuple(sorted(keeps, key=lambda each: each.key)),
        tuple(sorted(conflicts, key=lambda each: each.key)),
    )


def _compare(live: LiveObject, wanted: Manifest, uid: str) -> Delete | Shrink | Keep:
    if why := _tampered(live, wanted):
        return Delete(live, uid, why)
    if live.key.kind not in ROLES or live.manifest.get("rules") == wanted.get("rules"):
        return Keep(live.key, uid)
    asked = canonical(from_manifest(wanted.get("rules") or []))
    held = canonical(from_manifest(live.manifest.get("rules") or []))
    less = canonical(intersect(asked, held))
    if less == held:
        return Keep(live.key, uid)
    manifest = {**live.manifest, "rules": to_manifest(less)}
    return Shrink(live, manifest, uid, "it holds more than the decision and the policy side give now")


def _tampered(live: LiveObject, wanted: Manifest) -> str | None:
    annotations = wanted["metadata"]["annotations"]
    if live.annotations.get(DECISION) != annotations[DECISION]:
        return "it does not follow from the signed decision"
    try:
        if parse_time(live.annotations.get(EXPIRES_AT, "")) > parse_time(annotations[EXPIRES_AT]):
            return "its end was moved"
    except ValueError:
        return "its end can't be read"
    try:
        from_manifest(live.manifest.get("rules") or [])
    except (ValueError, TypeError):
        return "its rules can't be read"
    if live.manifest.get("aggregationRule"):
        return "somebody made it an aggregated role"
    if live.key.kind in BINDINGS and any(
        _plain(live.manifest, part) != _plain(wanted, part) for part in ("roleRef", "subjects")
    ):
        return "somebody changed whom it binds to what"
    return None


def _plain(manifest: Manifest, part: str) -> object:
    value = manifest.get(part)
    if isinstance(value, list):
        return [dict(each) if isinstance(each, Mapping) else each for each in value]
    return dict(value) if isinstance(value, Mapping) else value


def _creation_order(key: ObjectKey) -> int:
    return 2 if key.kind in BINDINGS else 1 if key.kind in ROLES else 0
