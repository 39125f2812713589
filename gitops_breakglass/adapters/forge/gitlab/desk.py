"""What is said and done at GitLab with merge requests: open one, keep one comment on it, close it."""

from __future__ import annotations

import re

from gitops_breakglass.adapters.forge.gitlab.people import People
from gitops_breakglass.adapters.forge.gitlab.problems import (
    CLOSE,
    COMMENT,
    MERGE_REQUEST,
    MERGE_REQUESTS,
    NOTES,
    OPEN,
    NotRead,
)
from gitops_breakglass.adapters.forge.gitlab.records import MergeRequest, Note
from gitops_breakglass.adapters.forge.gitlab.session import Session
from gitops_breakglass.core.comment import is_gate_comment, notice_head, says_the_same, tells_of
from gitops_breakglass.model.errors import RefusedError

_COMMAND = re.compile(r"^([^\S\n]*)(?=/)", re.MULTILINE)
"""Where a line begins with a slash, which GitLab would obey as a command of ours (`/approve`).

Blanks may stand before it: GitLab takes carriage returns out of a text before it looks for commands
(lib/gitlab/quick_actions/extractor.rb).
"""


class GitlabDesk:
    """Implements `ports.Desk` for one project of a GitLab. Making one asks nothing."""

    def __init__(self, session: Session, branch: str) -> None:
        self.session = session
        self.branch = branch
        self._people = People(session)

    def open(self, branch: str, *, title: str, body: str) -> str:
        """Open a merge request of a branch, and return its address; that of the one there is, where there is one.

        Raises UnreachableError, or RefusedError with what is missing.
        """
        try:
            place = f"{self.session.project}/merge_requests"
            self.session.demand(OPEN)
            there = self.session.list(
                MERGE_REQUESTS, place, state="opened", source_branch=branch, target_branch=self.branch
            )
            if there:
                return MergeRequest.of(there[0]).url
            made = self.session.post(
                OPEN,
                place,
                {
                    "source_branch": branch,
                    "target_branch": self.branch,
                    "title": title,
                    "description": _said(body),
                    "remove_source_branch": True,
                },
            )
            return MergeRequest.of(made).url
        except NotRead as problem:
            raise problem.as_error() from None

    def comment(self, change: str, text: str) -> None:
        """Have our one comment on a merge request say this; nothing is written where it does already.

        Raises UnreachableError, or RefusedError with what is missing.
        """
        try:
            own = [note for note in self._own_notes(change) if is_gate_comment(note.body)]
            if not own:
                self.session.post(COMMENT, f"{self._place(change)}/notes", {"body": _said(text)})
            elif not says_the_same(own[0].body, _said(text)):
                self.session.put(COMMENT, f"{self._place(change)}/notes/{own[0].id}", {"body": _said(text)})
        except NotRead as problem:
            raise problem.as_error() from None

    def announce(self, change: str, event: str, text: str) -> None:
        """Write a new comment that tells of an event, unless one of ours does: by its marker and by us being its author.

        Raises UnreachableError, or RefusedError with what is missing.
        """
        try:
            if any(tells_of(note.body, event) for note in self._own_notes(change)):
                return
            body = _said(f"{notice_head(event)}{text}")
            self.session.post(COMMENT, f"{self._place(change)}/notes", {"body": body})
        except NotRead as problem:
            raise problem.as_error() from None

    def close(self, change: str, text: str) -> None:
        """Close a merge request that is open, saying why; once, however often it is tried.

        Raises UnreachableError, or RefusedError with what is missing.
        """
        try:
            request = MergeRequest.of(self.session.get(MERGE_REQUEST, self._place(change)))
            if request.state != "opened":
                return
            if not any(says_the_same(note.body, _said(text)) for note in self._own_notes(change)):
                self.session.post(COMMENT, f"{self._place(change)}/notes", {"body": _said(text)})
            self.session.put(CLOSE, self._place(change), {"state_event": "close"})
        except NotRead as problem:
            raise problem.as_error() from None

    def _own_notes(self, change: str) -> list[Note]:
        """Return what the token's own account wrote there, oldest first: anybody can write what looks like ours."""
        self.session.demand(COMMENT)
        own = self._people.own()
        notes = self.session.list(NOTES, f"{self._place(change)}/notes", sort="asc", order_by="created_at")
        return [note for note in map(Note.of, notes) if not note.system and note.author == own]

    def _place(self, change: str) -> str:
        number = change.removeprefix("!")
        if not number.isdecimal():
            raise RefusedError(
                f"{change!r} is no number of a merge request", hint="give the number that GitLab shows: 12 or !12"
            )
        return f"{self.session.project}/merge_requests/{number}"


def _said(text: str) -> str:
    """Return the text so that no line of it is a command: some of its words are a stranger's, and the token is ours."""
    return _COMMAND.sub(r"\1\\", text)
