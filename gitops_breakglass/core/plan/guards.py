"""What has to be done to the guard's parameters, so that at no moment a Role gives what they should have refused."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gitops_breakglass.core.plan.ownership import is_grant_object, is_parameters
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import REQUEST, LiveObject, Manifest, ObjectKey
from gitops_breakglass.model.plan import Conflict, Create, Delete, Keep, Refresh

_LOST = "it was made and somebody took it away; it is made again, since without it the grant would give more"


@dataclass(frozen=True)
class GuardDifference:
    """What comes before the Roles of a request, what after them, what goes, what stays, and what is to be told."""

    first: tuple[Create | Refresh, ...] = ()
    last: tuple[Refresh, ...] = ()
    ends: tuple[Delete, ...] = ()
    keeps: tuple[Keep, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def guard_difference(
    desired: Mapping[ObjectKey, Manifest],
    live: Sequence[LiveObject],
    records: Mapping[str, Record],
    *,
    reasons: Mapping[str, str],
    granted: AbstractSet[str],
    busy: AbstractSet[str],
) -> GuardDifference:
    """Compare. `granted` are the uids of requests that have Roles desired, `busy` those whose Roles change in this run.

    Before the Roles change, parameters only gain rules; what is not wanted any more goes once the Roles are as they
    should be, in a later run. Parameters go for good only when nothing of their request is desired.
    """
    first: list[Create | Refresh] = []
    last: list[Refresh] = []
    ends: list[Delete] = []
    keeps: list[Keep] = []
    conflicts: list[Conflict] = []
    there = {each.key: each for each in live if is_parameters(each.key) and is_grant_object(each)}
    for key, each in there.items():
        uid = each.labels[REQUEST]
        wanted = desired.get(key)
        if wanted is None and uid not in granted:
            ends.append(Delete(each, uid, reasons.get(uid, "no proved request asks for it")))
        elif wanted is None and uid not in busy:
            ends.append(Delete(each, uid, "no deny policy needs it any more", while_granted=True))
        elif wanted is None or _is_same(each.manifest, wanted):
            keeps.append(Keep(key, uid))
        elif not _has_all(each.manifest, wanted):
            rules = [*_extra(each.manifest, wanted), *wanted["spec"]["rules"]] if uid in busy else None
            first.append(Refresh(each, _over(each.manifest, wanted, rules), uid, "deny policies forbid more now"))
        elif uid in busy:
            keeps.append(Keep(key, uid))
        else:
            last.append(Refresh(each, _over(each.manifest, wanted, None), uid, "it says more than is needed now"))
    for key, wanted in desired.items():
        if key not in there:
            uid = wanted["metadata"]["labels"][REQUEST]
            first.append(Create(key, wanted, uid, "its window is open"))
            if (record := records.get(uid)) is not None and key in record.uids:
                conflicts.append(Conflict(key, uid, _LOST))
    return GuardDifference(tuple(first), tuple(last), tuple(ends), tuple(keeps), tuple(conflicts))


def _is_same(live: Manifest, wanted: Manifest) -> bool:
    return _marks(live) == _marks(wanted) and _canonical(live.get("spec")) == _canonical(wanted["spec"])


def _has_all(live: Manifest, wanted: Manifest) -> bool:
    """Whether what is there refuses all that should be refused."""
    if _marks(live) != _marks(wanted) or _canonical(_spec(live).get("subject")) != _canonical(
        wanted["spec"]["subject"]
    ):
        return False
    held = {_canonical(each) for each in _rules(live)}
    return all(_canonical(each) in held for each in wanted["spec"]["rules"])


def _extra(live: Manifest, wanted: Manifest) -> list[object]:
    """Return the rules that are there and not wanted any more."""
    asked = {_canonical(each) for each in wanted["spec"]["rules"]}
    return [each for each in _rules(live) if _canonical(each) not in asked]


def _over(live: Manifest, wanted: Manifest, rules: Sequence[object] | None) -> Manifest:
    """Return the wanted object in the place of the live one, with these rules where there are any."""
    metadata = {**live["metadata"], **{part: wanted["metadata"][part] for part in ("labels", "annotations")}}
    spec = wanted["spec"] if rules is None else {**wanted["spec"], "rules": list(rules)}
    return {**live, "metadata": metadata, "spec": spec}


def _marks(manifest: Manifest) -> object:
    return tuple(dict(manifest["metadata"].get(part) or {}) for part in ("labels", "annotations"))


def _spec(manifest: Manifest) -> Mapping[str, object]:
    spec = manifest.get("spec")
    return spec if isinstance(spec, Mapping) else {}


def _rules(manifest: Manifest) -> Sequence[object]:
    rules = _spec(manifest).get("rules")
    return rules if isinstance(rules, list) else ()


def _canonical(data: object) -> str:
    return json.dumps(data, sort_keys=True)
