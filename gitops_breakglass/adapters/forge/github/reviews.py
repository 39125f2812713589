"""The reviews of a pull request: whose, of which commit, when, in which words, and who changed those."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.adapters.forge.github.fields import Fields
from gitops_breakglass.adapters.forge.github.place import Place
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need, unreadable
from gitops_breakglass.adapters.forge.github.wording import PENDING, Edit, Wording
from gitops_breakglass.model.change import Review, ReviewState
from gitops_breakglass.model.identity import Account


@dataclass(frozen=True)
class Submitted:
    """One review as GitHub has it, before git is asked what was at its commit."""

    number: str
    account: Account | None
    state: ReviewState
    commit: str | None
    at: datetime | None
    body: str
    edit: Edit | None
    by_email: bool


def read_reviews(session: Session, place: Place, number: int, wording: Wording) -> tuple[Submitted, ...]:
    """Ask for all of them, and hold the two ways of asking against each other."""
    path = f"{place.path}/pulls/{number}/reviews"
    found = [each for each in session.pages(path, Need.PULLS) if each.text("state") != PENDING]
    ids = {str(each.number("id")) for each in found}
    if ids != set(wording.edits):
        raise unreadable(f"GET {path}", f"it has {len(ids)} reviews where GraphQL knows {len(wording.edits)}")
    return tuple(_submitted(each, wording) for each in found)


def _submitted(data: Fields, wording: Wording) -> Submitted:
    number, state = str(data.number("id")), data.text("state")
    if state not in ReviewState.__members__:
        raise unreadable(data.doing, "a review has a state that is not documented")
    return Submitted(
        number=number,
        account=data.account("user"),
        state=ReviewState[state],
        commit=data.text_or_none("commit_id"),
        at=data.moment("submitted_at") if data.has("submitted_at") else None,
        body=data.text("body"),
        edit=wording.edits[number],
        by_email=number in wording.by_email,
    )


def approved(submitted: Sequence[Submitted]) -> tuple[str, ...]:
    """Return the commits that are said to be approved: what was at others matters to nobody."""
    commits = [each.commit for each in submitted if each.state is ReviewState.APPROVED and each.commit is not None]
    return tuple(dict.fromkeys(commits))


def reviews_of(
    submitted: Sequence[Submitted], merged_at: datetime | None, content_at: Callable[[str], str | None]
) -> tuple[Review, ...]:
    """Return them as facts of a change; `content_at` tells what was at a commit, None where that can't be had."""
    return tuple(_review(each, merged_at, content_at) for each in submitted)


def _review(each: Submitted, merged_at: datetime | None, content_at: Callable[[str], str | None]) -> Review:
    edit = each.edit
    problem = None
    if edit is not None and edit.by is None:
        problem = "its text was changed by an account that is gone"
    elif edit is not None and merged_at is not None and edit.at > merged_at:
        problem = "its text was changed after the merge"
    return Review(
        account=each.account,
        state=each.state,
        commit=each.commit,
        blob=content_at(each.commit) if each.commit and each.state is ReviewState.APPROVED else None,
        submitted_at=each.at,
        body=each.body,
        problem=problem,
        source=f"review {each.number}",
        edited_by=edit.by if edit is not None and edit.by is not None and edit.by != each.account else None,
        by_email=each.by_email,
    )
