"""What the API tells of one merge request, read once: approvals, versions, log, and what our own comment showed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from gitops_breakglass.adapters.forge.commits import claimed_emails
from gitops_breakglass.adapters.forge.gitlab.log import Log
from gitops_breakglass.adapters.forge.gitlab.people import People
from gitops_breakglass.adapters.forge.gitlab.problems import APPROVALS, NOTES, VERSIONS, NotRead, malformed
from gitops_breakglass.adapters.forge.gitlab.records import Approval, MergeRequest, Note, Version, in_order_of_time
from gitops_breakglass.adapters.forge.gitlab.reviews import Approvals
from gitops_breakglass.adapters.forge.gitlab.session import Session
from gitops_breakglass.core.comment import digests_in, is_gate_comment
from gitops_breakglass.model.change import Commit
from gitops_breakglass.model.identity import Account, Provider

_PATIENCE = 10
"""How often we look at what GitLab is still computing."""
_NO_REPLY = re.compile(r"\A(\d+)-[^@]+@users\.noreply\.", re.IGNORECASE)


@dataclass(frozen=True)
class Facts:
    """One merge request as the API tells of it."""

    request: MergeRequest
    approvals: Approvals
    shown: tuple[str, ...]
    commits_of: Callable[[Version], Sequence[Commit]] = field(compare=False)
    """Asks for the commits of a version whose head is not to be had by git."""

    @property
    def log(self) -> Log:
        """Its notes and GitLab's own entries."""
        return self.approvals.log

    @property
    def newest(self) -> Version:
        """Its newest version."""
        return self.approvals.versions[-1]


@dataclass(frozen=True)
class FactReader:
    """Reads the facts of merge requests. Raises NotRead where one of them can't be read whole."""

    session: Session
    people: People

    def read(self, request: MergeRequest, versions: tuple[Version, ...] | None = None) -> Facts:
        """Return everything of one merge request; `versions` are given where they were read before."""
        place = f"{self.session.project}/merge_requests/{request.number}"
        listed = self.session.get(APPROVALS, f"{place}/approvals").objects("approved_by")
        known = versions or self.versions(request)
        notes = [
            Note.of(each) for each in self.session.list(NOTES, f"{place}/notes", sort="asc", order_by="created_at")
        ]
        approved_by = tuple(self._known(Approval.of(each)) for each in listed)
        author = self.people.known(request.author) if request.author else None
        approvals = Approvals(approved_by, Log.of(notes), known, request.merged_at)
        return Facts(
            replace(request, author=author),
            approvals,
            self._shown(notes),
            lambda version: self._commits(request, version),
        )

    def versions(self, request: MergeRequest) -> tuple[Version, ...]:
        """Return its versions, oldest first, once GitLab has done with the newest of them."""
        path = f"{self.session.project}/merge_requests/{request.number}/versions"
        for _ in range(_PATIENCE):
            found = in_order_of_time([Version.of(each) for each in self.session.list(VERSIONS, path)])
            if not found:
                raise malformed(VERSIONS.what, f"{request} has none")
            if len(found) > self.session.transport.limits.versions:
                raise NotRead(
                    f"{request} has {len(found)} versions, more than are looked at",
                    "somebody pushed very often: ask again by a merge request of its own",
                )
            if found[-1].is_ready:
                return found
            if not self.session.transport.pause(self.session.transport.limits.pause):
                break
        raise still_busy(request)

    def _known(self, approval: Approval) -> Approval:
        return Approval(self.people.known(approval.account), approval.state, approval.at)

    def _shown(self, notes: Sequence[Note]) -> tuple[str, ...]:
        """Return the digests in our own comment; whose token it is is only asked where there is one that looks like ours."""
        candidates = [note for note in notes if not note.system and is_gate_comment(note.body)]
        if not candidates:
            return ()
        own = self.people.own()
        found = (digest for note in candidates if note.author == own for digest in digests_in(note.body))
        return tuple(dict.fromkeys(found))

    def _commits(self, request: MergeRequest, version: Version) -> Sequence[Commit]:
        """Return the commits of a version by what the API says of them: the claims that git would have."""
        path = f"{self.session.project}/merge_requests/{request.number}/versions/{version.id}"
        found = []
        for each in self.session.get(VERSIONS, path).objects("commits"):
            claims = (
                f"author a <{each.text('author_email')}> 0 +0000\ncommitter c <{each.text('committer_email')}> 0 +0000"
            )
            emails = claimed_emails(f"{claims}\n\n{each.text('message')}".encode())
            found.append(Commit(each.text("id"), None, emails, touches=True, accounts=accounts_in(emails)))
        if not found:
            raise malformed(VERSIONS.what, f"version {version.id} of {request} has no commits")
        return found


def still_busy(request: MergeRequest) -> NotRead:
    """Return what is said of a merge request that GitLab is still busy with."""
    return NotRead(
        f"GitLab is still computing what was pushed to {request}, and may drop approvals when it is done",
        "the next run asks again; see whether the background jobs of GitLab run",
    )


def accounts_in(emails: Sequence[str]) -> tuple[Account, ...]:
    """Return the accounts that addresses of GitLab's own, which it gives to who hides theirs, are made for."""
    return tuple(Account(Provider.GITLAB, match[1]) for each in emails if (match := _NO_REPLY.match(each)))
