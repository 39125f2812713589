"""Merge requests, their versions and their notes as GitLab's API tells of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.adapters.forge.gitlab.fields import Fields
from gitops_breakglass.adapters.forge.gitlab.problems import malformed
from gitops_breakglass.adapters.git_parse import is_object_id
from gitops_breakglass.model.identity import Account


@dataclass(frozen=True)
class MergeRequest:
    """One merge request. Its `state` only ever chooses what is looked at: who approved is told elsewhere."""

    number: int
    """Its number in the project, which people see as `!12`."""
    state: str
    status: str
    """GitLab's `detailed_merge_status`."""
    author: Account | None
    created_at: datetime
    target_project: int
    target_branch: str
    head: str | None
    merge_commit: str | None
    squash_commit: str | None
    merged_at: datetime | None
    merged_by: Account | None
    closed_at: datetime | None
    closed_by: Account | None
    title: str
    url: str

    @classmethod
    def of(cls, fields: Fields) -> MergeRequest:
        """Read one. Raises NotRead where a field is missing."""
        return cls(
            number=fields.number("iid"),
            state=fields.text("state"),
            status=fields.text("detailed_merge_status"),
            author=fields.maybe_account("author"),
            created_at=fields.time("created_at"),
            target_project=fields.number("target_project_id"),
            target_branch=fields.text("target_branch"),
            head=_commit(fields, "sha"),
            merge_commit=_commit(fields, "merge_commit_sha"),
            squash_commit=_commit(fields, "squash_commit_sha"),
            merged_at=fields.maybe_time("merged_at"),
            merged_by=fields.maybe_account("merge_user"),
            closed_at=fields.maybe_time("closed_at"),
            closed_by=fields.maybe_account("closed_by"),
            title=fields.text("title"),
            url=fields.text("web_url"),
        )

    @property
    def ref(self) -> str:
        """Where its head is kept, also after its branch is gone."""
        return f"refs/merge-requests/{self.number}/head"

    def __str__(self) -> str:
        """As people write it."""
        return f"!{self.number}"


@dataclass(frozen=True)
class Version:
    """One state of its diff; each push makes a new one."""

    id: int
    head: str
    base: str
    created_at: datetime
    is_ready: bool
    """Whether GitLab has computed its patch; approvals that a push resets are there until then."""

    @classmethod
    def of(cls, fields: Fields) -> Version:
        """Read one. Raises NotRead where a field is missing."""
        head, base = _commit(fields, "head_commit_sha"), _commit(fields, "base_commit_sha")
        if head is None or base is None:
            raise malformed(fields.what, "one has no commits")
        ready = not fields.has("patch_id_sha") or fields.maybe_text("patch_id_sha") is not None
        return cls(fields.number("id"), head, base, fields.time("created_at"), ready)


def in_order_of_time(versions: Sequence[Version]) -> tuple[Version, ...]:
    """Return them oldest first."""
    return tuple(sorted(versions, key=lambda each: (each.created_at, each.id)))


@dataclass(frozen=True)
class Approval:
    """Somebody who has approved, by `approved_by`. `at` is None where the instance does not tell."""

    account: Account
    state: str
    """Of the account: `active`, or `blocked` and the like."""
    at: datetime | None

    @classmethod
    def of(cls, fields: Fields) -> Approval:
        """Read one. Raises NotRead where a field is missing."""
        user = fields.object("user")
        at = fields.time("approved_at") if fields.has("approved_at") else None
        return cls(user.as_account(), user.text("state"), at)


@dataclass(frozen=True)
class Note:
    """A comment, or an entry of the log that GitLab itself keeps (`system`), which nobody can write or edit."""

    id: int
    author: Account | None
    body: str
    at: datetime
    changed_at: datetime
    system: bool

    @classmethod
    def of(cls, fields: Fields) -> Note:
        """Read one. Raises NotRead where a field is missing."""
        return cls(
            id=fields.number("id"),
            author=fields.maybe_account("author"),
            body=fields.text("body"),
            at=fields.time("created_at"),
            changed_at=fields.time("updated_at"),
            system=fields.flag("system"),
        )

    @property
    def was_edited(self) -> bool:
        """Whether it was changed after it was written; GitLab tells nobody by whom."""
        return self.changed_at > self.at


def _commit(fields: Fields, name: str) -> str | None:
    text = fields.maybe_text(name)
    if text is not None and not is_object_id(text):
        raise malformed(fields.what, f"{name} is no commit's id")
    return text
