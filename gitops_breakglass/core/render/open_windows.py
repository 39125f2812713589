"""What a grant makes in the windows that are open, by its decision and what deny policies leave of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.core.rbac.algebra import from_manifest
from gitops_breakglass.core.render.grant import render_window
from gitops_breakglass.core.render.guard import render_guard
from gitops_breakglass.core.render.occurrence import occurrence_of
from gitops_breakglass.core.schedule import course_of
from gitops_breakglass.model.enforcement import Compiled
from gitops_breakglass.model.grant import Occurrence, Statement
from gitops_breakglass.model.kube import Manifest, ObjectKey, key_of
from gitops_breakglass.model.plan import Conflict, Inject
from gitops_breakglass.model.rules import Rules


@dataclass(frozen=True)
class Rendered:
    """The objects of one grant in the windows that are open, and what of them follows live objects."""

    objects: Mapping[ObjectKey, Manifest]
    enumerated: Mapping[ObjectKey, Rules]
    occurrences: tuple[Occurrence, ...] = ()
    """What its record has to list before any of them is made: of recurring access each window that is open."""
    followers: frozenset[str] = frozenset()
    """Of a debug session the uids of what its workloads control."""
    injections: tuple[Inject, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def render_now(
    statement: Statement, held: Compiled, digest: str, now: datetime, listed: Sequence[Occurrence] = ()
) -> Rendered:
    """Return what a decision and the deny policies come to now.

    Of the occurrences that the record lists already, those that ended do not come back, whatever becomes of a clock.
    """
    objects: dict[ObjectKey, Manifest] = {}
    enumerated: dict[ObjectKey, Rules] = {}
    occurrences: list[Occurrence] = []
    over = {each.start for each in listed if each.ended_at is not None}
    for window in course_of(statement, now).open:
        if window.start in over:
            continue
        guard = render_guard(statement, window, held.guard, digest)
        made = (*([guard] if guard else []), *render_window(statement, window, held.rendered, digest))
        objects |= {key_of(each): each for each in made}
        if statement.recurrence is not None and made:
            occurrences.append(occurrence_of(statement, window, digest, map(key_of, made)))
        enumerated |= {
            key_of(each): from_manifest(each["rules"])
            for each in render_window(statement, window, held.enumerated, digest)
            if "rules" in each
        }
    return Rendered(objects, enumerated, tuple(occurrences))
