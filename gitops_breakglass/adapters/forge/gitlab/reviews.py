"""Reviews out of what GitLab tells of approvals: who is in `approved_by`, and what the log says came after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_breakglass.adapters.forge.gitlab.log import Entry, Log
from gitops_breakglass.adapters.forge.gitlab.records import Approval, Note, Version
from gitops_breakglass.model.change import Review, ReviewState
from gitops_breakglass.model.identity import Account

REASON = "breakglass-reason:"
"""What the first line of the note begins with in which an approver says why."""
BESIDE = timedelta(seconds=60)
"""How near to the approval a note without that word is taken for its reason: GitLab submits both in one review."""

LATE = timedelta(minutes=10)
"""How long after an approval its entry in the log may come: a background job writes it."""


@dataclass(frozen=True)
class Approvals:
    """What there is to make reviews of. Nothing here is weighed: who may approve, and what counts, is judged elsewhere."""

    approved_by: tuple[Approval, ...]
    log: Log
    versions: tuple[Version, ...]
    """Oldest first."""
    merged_at: datetime | None

    def reviews(self, blob_at: Callable[[str], str | None]) -> tuple[Review, ...]:
        """Return the reviews. `blob_at` gives the content at a commit, or None where it is not to be had."""
        return (*self._given(blob_at), *self._taken())

    def _given(self, blob_at: Callable[[str], str | None]) -> list[Review]:
        return [self._approval(each, blob_at) for each in self.approved_by]

    def _approval(self, approval: Approval, blob_at: Callable[[str], str | None]) -> Review:
        entry = self.log.approved(approval.account)
        at = approval.at or (entry.at if entry else None)
        seen = self.version_at(at) if at else None
        body, problem = self._reason(approval.account, at, seen) if at and seen else ("", None)
        if approval.at is None and at and len(self._seen_between(at - LATE, at)) > 1:
            problem = "something was pushed about then, and this GitLab does not tell which came first"
        if approval.state != "active":
            problem = f"the account of {approval.account} is {approval.state} now"
        return Review(
            account=approval.account,
            state=ReviewState.APPROVED,
            commit=seen.head if seen else None,
            blob=blob_at(seen.head) if seen else None,
            submitted_at=at,
            body=body,
            problem=problem,
            source=f"note {entry.id}" if entry else "",
        )

    def version_at(self, at: datetime) -> Version | None:
        """Return the version that was there at a time: what somebody who approved then had before them."""
        return next((each for each in reversed(self.versions) if each.created_at <= at), None)

    def _seen_between(self, since: datetime, until: datetime) -> list[Version]:
        """Return the versions that were there at some time in a span: those made in it, and the one before them."""
        before = self.version_at(since)
        return [each for each in self.versions if each == before or since < each.created_at <= until]

    def _taken(self) -> list[Review]:
        """Return what takes approvals back: somebody's own word, a reset by a push, or that they are listed no more."""
        taken = [_review(note, ReviewState.DISMISSED) for note in self.log.entries(Entry.UNAPPROVED)]
        taken += [_review(note, ReviewState.CHANGES_REQUESTED) for note in self._changes_requested()]
        listed = {each.account for each in self.approved_by}
        everybody = listed | {note.author for note in self.log.entries(Entry.APPROVED) if note.author}
        for note in self.log.entries(Entry.RESET):
            # Whose approvals it names are names, which people change; whoever has approved since has approved again.
            taken += [_review(note, ReviewState.DISMISSED, account) for account in sorted(everybody)]
        for note in self.log.entries(Entry.APPROVED):
            if note.author is not None and note.author not in listed:
                taken.append(_review(note, ReviewState.DISMISSED))
        return taken

    def _changes_requested(self) -> list[Note]:
        """Return the requests for changes that stand: an approval of the same person's takes theirs back, for good.

        Of both within one second nothing tells which came first.
        """
        approved = self.log.entries(Entry.APPROVED)
        return [
            note
            for note in self.log.entries(Entry.CHANGES_REQUESTED)
            if note.author is None or not any(each.author == note.author and each.at > note.at for each in approved)
        ]

    def _reason(self, account: Account, at: datetime, seen: Version) -> tuple[str, str | None]:
        """Return what somebody said when they approved, and why it can't be believed.

        Maintainers can edit what others wrote, and nothing tells who did.
        """
        written = self.log.written_by(account, seen.created_at, self.merged_at)
        said = [note for note in written if note.body.lstrip().lower().startswith(REASON)]
        if any(note.was_edited for note in said):
            return "", "the note that says why was changed after it was written, and GitLab does not tell by whom"
        if said:
            return said[-1].body.lstrip()[len(REASON) :].strip(), None
        beside = [note for note in written if abs(note.at - at) <= BESIDE and not note.was_edited]
        return (min(beside, key=lambda note: abs(note.at - at)).body.strip() if beside else ""), None


def is_by_author_only(
    author: Account | None, merged_by: Account | None, log: Log, versions: Sequence[Version]
) -> bool | None:
    """Whether the author pushed everything since the opening, or merged and nobody else is known to have pushed.

    What was on the branch when it was opened is the author's by the opening. A merge that its author only set up to
    happen later brings along what others push until then. None where the log does not tell of each push.
    """
    if author is None:
        return None
    pushes = log.entries(Entry.PUSHED)
    if any(note.author != author for note in pushes):
        return False
    # Each push makes a version, and so may other things: a version without its entry is somebody's who is not known.
    return True if merged_by == author or len(versions) - 1 <= len(pushes) else None


def _review(note: Note, state: ReviewState, account: Account | None = None) -> Review:
    return Review(
        account=account or note.author,
        state=state,
        commit=None,
        blob=None,
        submitted_at=note.at,
        source=f"note {note.id}",
    )
