"""What becomes of the objects of debug sessions that are there: they stay as they were signed, or they go."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from gitops_breakglass.core.quantity import parse_quantity
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import DECISION, EXPIRES_AT, LiveObject, Manifest
from gitops_breakglass.model.plan import Delete, Keep
from gitops_breakglass.model.session_kinds import POD
from gitops_breakglass.model.window import parse_time

_AMOUNTS = frozenset(
    {"resources", "hard", "sizeLimit", "default", "defaultRequest", "max", "min", "maxLimitRequestRatio"}
)
"""Fields whose values the API server writes its own way: 1000m comes back as 1."""
_ITS_OWN = frozenset({"apiVersion", "kind", "metadata", "status"})


def session_compared(
    live: LiveObject,
    wanted: Manifest | None,
    uid: str,
    *,
    record: Record | None,
    followers: AbstractSet[str],
    why: str,
) -> Delete | Keep:
    """Return what becomes of one object of a session.

    `followers` are the uids of what the session's live workloads control, which stays as long as they do; `why` says what
    has ended the session, if anything has.
    """
    if wanted is None:
        return Keep(live.key, uid) if live.uid in followers else Delete(live, uid, why)
    if problem := marks_tampered(live, wanted) or _drifted(live, wanted, record):
        return Delete(live, uid, problem)
    return Keep(live.key, uid)


def marks_tampered(live: LiveObject, wanted: Manifest) -> str | None:
    """Return what is wrong with the decision and the end that an object states, or None."""
    annotations = wanted["metadata"]["annotations"]
    if live.annotations.get(DECISION) != annotations[DECISION]:
        return "it does not follow from the signed decision"
    try:
        if parse_time(live.annotations.get(EXPIRES_AT, "")) > parse_time(annotations[EXPIRES_AT]):
            return "its end was moved"
    except ValueError:
        return "its end can't be read"
    return None


def _drifted(live: LiveObject, wanted: Manifest, record: Record | None) -> str | None:
    if record is not None and record.uids.get(live.key, live.uid) != live.uid:
        return "it is not the one that was made: somebody put another in its place"
    is_pod = live.key.kind == POD.kind
    for part, value in wanted.items():
        if part not in _ITS_OWN and not _still_holds(live.manifest.get(part), value, part, adds=is_pod):
            return f"somebody changed its {part}, which is not what was signed any more"
    return None


def _still_holds(found: object, wanted: object, field: str, *, adds: bool) -> bool:
    """Whether what was asked for still stands; with `adds` lists may hold more, as admission adds volumes to pods."""
    match found, wanted:
        case Mapping(), Mapping():
            inner = field if field in _AMOUNTS else ""
            return all(
                _still_holds(found.get(name), value, inner or str(name), adds=adds) for name, value in wanted.items()
            )
        case list(), (list() | tuple()) if not adds or len(found) < len(wanted):
            return len(found) == len(wanted) and all(
                _still_holds(one, other, field, adds=adds) for one, other in zip(found, wanted, strict=True)
            )
        case list(), (list() | tuple()):
            return all(any(_still_holds(one, other, field, adds=adds) for one in found) for other in wanted)
        case _:
            return found == wanted or (not found and not wanted) or (field in _AMOUNTS and _same_amount(found, wanted))


def _same_amount(found: object, wanted: object) -> bool:
    try:
        return parse_quantity(str(found)) == parse_quantity(str(wanted))
    except ValueError:
        return False
