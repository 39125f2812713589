"""Objects of grants that somebody changed: told by what was signed, whatever became of the policy side since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.core.plan.ownership import BINDINGS, ROLES, is_grant_object
from gitops_breakglass.core.plan.session_objects import marks_tampered
from gitops_breakglass.core.rbac.algebra import covers, from_manifest
from gitops_breakglass.core.render.grant import render_window
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.enforcement import MARKER_GROUP
from gitops_breakglass.model.grant import Record
from gitops_breakglass.model.kube import REQUEST, LiveObject, Manifest, ObjectKey, key_of


@dataclass(frozen=True, order=True)
class Edited:
    """An object of a grant that is not as it was signed any more."""

    key: ObjectKey
    why: str


def edited(records: Iterable[Record], objects: Sequence[LiveObject], now: datetime) -> tuple[Edited, ...]:
    """Return what of the open windows of believed records is otherwise than it was signed. Less is no change: Roles shrink."""
    there = {each.key: each for each in objects if is_grant_object(each)}
    return tuple(
        sorted(
            Edited(key, why)
            for record in records
            for key, wanted in _signed(record, now)
            if key in there and (why := tampered(there[key], wanted) or _widened(there[key], wanted)) is not None
        )
    )


def tampered(live: LiveObject, wanted: Manifest) -> str | None:
    """Return what of an object's marks, of whom it binds or of the form of its rules was changed, or None."""
    if live.labels.get(REQUEST) != wanted["metadata"]["labels"][REQUEST]:
        return "somebody gave it to another request"
    if problem := marks_tampered(live, wanted):
        return problem
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


def _signed(record: Record, now: datetime) -> Iterator[tuple[ObjectKey, Manifest]]:
    """Return the rights that a decision gives in its open windows; those of debug sessions follow their pods."""
    statement = record.statement
    if statement is None or statement.outcome != "granted" or statement.debug is not None:
        return
    for window in course_of(statement, now).open:
        yield from ((key_of(each), each) for each in render_window(statement, window, statement.scopes, record.digest))


def _widened(live: LiveObject, wanted: Manifest) -> str | None:
    if live.key.kind not in ROLES:
        return None
    # By such marks the guard knows what a grant is held to: they give nothing.
    held = tuple(
        each for each in from_manifest(live.manifest.get("rules") or []) if MARKER_GROUP not in each.api_groups
    )
    if covers(from_manifest(wanted.get("rules") or []), held):
        return None
    return "somebody put more rules into it than were signed"


def _plain(manifest: Manifest, part: str) -> object:
    value = manifest.get(part)
    if isinstance(value, list):
        return [dict(each) if isinstance(each, Mapping) else each for each in value]
    return dict(value) if isinstance(value, Mapping) else value
