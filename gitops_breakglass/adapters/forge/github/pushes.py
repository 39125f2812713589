"""Who pushed to the branch of a pull request, as far as its repository's log of pushes goes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.adapters.forge.github.fields import Fields
from gitops_breakglass.adapters.forge.github.place import Place
from gitops_breakglass.adapters.forge.github.pulls import Life, Pull
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need
from gitops_breakglass.model.identity import Account

_PUSHES = frozenset({"push", "force_push", "branch_creation", "pr_merge", "merge_queue_merge"})
"""What brings commits to a branch; a deletion brings none."""


@dataclass(frozen=True)
class Pushes:
    """Who is known to have pushed, and whether these were all the pushes that made the branch what it is."""

    by: tuple[Account, ...]
    are_all: bool


def read_pushes(session: Session, place: Place, pull: Pull, life: Life) -> Pushes:
    """Ask for the pushes to the head branch until the merge; those to a fork are in nobody's reach but its owner's."""
    if pull.is_from_fork:
        return Pushes(life.forced, are_all=False)
    path = f"{place.path}/activity"
    log = session.by_cursor(path, Need.CONTENTS, ref=f"refs/heads/{pull.head_branch}")
    before = [each for each in log if each.text("activity_type") in _PUSHES and _until(each, pull.merged_at)]
    actors = [each.account("actor") for each in before]
    known = tuple(dict.fromkeys([*(each for each in actors if each is not None), *life.forced]))
    return Pushes(known, are_all=None not in actors and _reaches_back(pull.head, before))


def _until(entry: Fields, merged_at: datetime | None) -> bool:
    return merged_at is None or entry.moment("timestamp") <= merged_at


def _reaches_back(head: str, log: Sequence[Fields]) -> bool:
    """Whether each push begins where the one before it ended, from the creation of the branch to its head."""
    at = head
    by_end = {each.text("after"): each for each in log}
    for _ in log:
        entry = by_end.get(at)
        if entry is None:
            return False
        if entry.text("activity_type") == "branch_creation":
            return True
        at = entry.text("before")
    return False
