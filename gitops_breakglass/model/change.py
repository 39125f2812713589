"""Changes and what a forge knows of them: facts without judgement, the same for every forge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitops_breakglass.model.identity import Account


class ReviewState(StrEnum):
    """What a review said."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    DISMISSED = "DISMISSED"
    COMMENTED = "COMMENTED"


@dataclass(frozen=True)
class Review:
    """One review, or one signed approval tag.

    `account` is None where the forge can't say whose it is; `problem` says why a review can't count whoever made it.
    """

    account: Account | None
    state: ReviewState
    commit: str | None
    """The commit that was reviewed; None where it is not to be had any more."""
    blob: str | None
    """The request's blob at that commit; for a change of the policy side, the tree of the policy side there."""
    submitted_at: datetime | None
    """By the forge's clock, or the first sight of the tag; never a time that git holds."""
    body: str = ""
    problem: str | None = None
    source: str = ""
    """Where it is: the tag's name, or the review's number."""
    edited_by: Account | None = None
    """Somebody else who changed its text; None where nobody did."""
    by_email: bool = False
    """Whether it came as a reply by e-mail, whose sender proves nothing."""


@dataclass(frozen=True)
class FileChange:
    """One path that a change touches; `status` is git's letter (A, M, D, T)."""

    path: str
    status: str


@dataclass(frozen=True)
class Commit:
    """One commit of a change. `signer` is whose signature verifies over it, None where none does.

    `problem` says why nothing with this commit in it can be granted: on the local forge, that nobody signed it.
    """

    id: str
    signer: Account | None
    emails: tuple[str, ...]
    """Author, committer and co-authors as the commit claims them: never proof of anything, but they exclude approvers."""
    touches: bool
    """Whether it touches what the change is about."""
    problem: str | None = None
    accounts: tuple[Account, ...] = ()
    """Accounts that the forge takes those claims for, and those of who is known to have made it: they exclude approvers."""


@dataclass(frozen=True)
class Change:
    """A pull or merge request, or a branch that was merged, with what it did to one path.

    `blob_*` are the request's blob at the head, at the landing commit and on the default branch now; for a change of the
    policy side they are the trees of the policy side.
    """

    id: str
    author: Account | None
    opened_at: datetime | None
    merged_at: datetime | None
    """None: it has not been merged."""
    base: str
    """The commit whose policy judges it: the first parent of the landing commit, or the default branch's tip."""
    head: str
    landing: str | None
    blob_head: str | None
    blob_landing: str | None
    blob_now: str | None
    files: tuple[FileChange, ...]
    """What head changes against the point where it left the default branch."""
    landed_files: tuple[FileChange, ...]
    """What the landing commit changes against its first parent."""
    commits: tuple[Commit, ...]
    reviews: tuple[Review, ...]
    pushed_by_author_only: bool | None = None
    """Whether every push is provably the author's, or the author merged and nobody else is known to have pushed.

    None where it can't be known.
    """
    path: str = ""
    """The request's file that `blob_*` are about; empty for a change of the policy side."""
    policy_at_fork: str | None = None
    """For a change of the policy side: the tree of the policy side that its branch began at. None: no such one tree."""
    landed_as: tuple[str, ...] = ()
    """Every commit of the default branch that it landed as, oldest first; empty where `landing` is the only one."""
    pushers: tuple[Account, ...] = ()
    """Who is known to have pushed to its branch."""
    merged_by: Account | None = None
    """Who merged it; None where it is not merged, or the forge does not say. It is told, and gives nobody a right."""
    retargeted_at: datetime | None = None
    """When it was last made to go to another branch; what was approved before was approved for somewhere else."""
    closed_at: datetime | None = None
    """When it was closed without being merged; None while it is open, or merged."""
    closed_by: Account | None = None
    shown: tuple[str, ...] = ()
    """The digests that our own comment on it shows, of what approvers were told that it asks for."""
    title: str = ""
    url: str = ""


@dataclass(frozen=True)
class Touch:
    """One commit on the default branch's first-parent line that touches a path."""

    path: str
    commit: str
    parent: str
    status: str
    mode: str
    blob: str
    """The blob after it; all zeros after a deletion."""
