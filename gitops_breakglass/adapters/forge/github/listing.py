"""Which pull requests there are: by what people call them, open ones, and those that were closed unmerged lately."""

from __future__ import annotations

import re
from datetime import datetime

from gitops_breakglass.adapters.forge.github.place import Place
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered
from gitops_breakglass.model.errors import UsageError

_NUMBER = re.compile(r"\A#?([1-9][0-9]{0,9})\Z")


def number_of(change: str) -> int:
    """Return the number in `#12` or `12`. Raises UsageError for anything else."""
    found = _NUMBER.match(change)
    if found is None:
        raise UsageError(f"{change} is no pull request", hint="give its number")
    return int(found[1])


def number_named(session: Session, place: Place, change: str) -> int:
    """Return the number of a pull request that is called by it, or by its branch while it is open. Raises Unanswered."""
    if _NUMBER.match(change):
        return number_of(change)
    listed = session.pages(f"{place.path}/pulls", Need.PULLS, state="open", base=place.branch)
    numbers = [each.number("number") for each in listed if each.of("head").text("ref") == change]
    if len(numbers) != 1:
        raise Unanswered(f"{len(numbers)} open pull requests have the branch {change}", "give the number of one")
    return numbers[0]


def open_numbers(session: Session, place: Place) -> list[int]:
    """Return those that are open and go to the default branch."""
    listed = session.pages(f"{place.path}/pulls", Need.PULLS, state="open", base=place.branch)
    return [each.number("number") for each in listed]


def closed_numbers(session: Session, place: Place, since: datetime) -> list[int]:
    """Return those that were closed without a merge since then; older ones are not even listed."""
    found: list[int] = []
    parameters = {"state": "closed", "base": place.branch, "sort": "updated", "direction": "desc"}
    for page in session.page_by_page(f"{place.path}/pulls", Need.PULLS, **parameters):
        fresh = [each for each in page if each.moment("updated_at") >= since]
        found += [
            each.number("number")
            for each in fresh
            if each.moment_or_none("merged_at") is None and each.moment("closed_at") >= since
        ]
        if len(fresh) < len(page):
            break
    return found
