"""What GitHub did not tell, and what a person can do about it, without a word of what it sent."""

from __future__ import annotations

from enum import StrEnum

from gitops_breakglass.model.errors import BreakglassError, RefusedError, UnreachableError
from gitops_breakglass.model.unread import Unread

_TRANSIENT = "the next run asks again; if it lasts, look whether GitHub is up and can be reached from here"


class Need(StrEnum):
    """Permissions of a fine-grained token or an App, as GitHub's settings name them."""

    METADATA = "Metadata: read"
    CONTENTS = "Contents: read"
    PULLS = "Pull requests: read"
    PULLS_WRITE = "Pull requests: write"
    ISSUES_WRITE = "Issues: write or Pull requests: write"
    MEMBERS = "Members: read (of the organisation; GITHUB_TOKEN can't have it)"
    ADMINISTRATION = "Administration: read (GITHUB_TOKEN can't have it)"
    ACTIONS = "Actions: read"
    NOTHING = "no permission"


class Unanswered(Exception):
    """One question that GitHub did not answer. `status` is the HTTP status of a refusal, 0 where there was none.

    `is_outage` says that other questions would fare no better now. Nothing that GitHub sent is in the message, since it
    could hold anything.
    """

    def __init__(self, message: str, hint: str, *, status: int = 0, is_outage: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
        self.is_outage = is_outage

    def as_unread(self) -> Unread:
        """Return it as what is not known."""
        return Unread(self.message, self.hint)

    def as_error(self) -> BreakglassError:
        """Return it as what stops a command: refused, or not reached."""
        kind = RefusedError if self.status in {401, 403, 404, 409, 410, 422} else UnreachableError
        return kind(self.message, hint=self.hint)


def refusal(status: int, doing: str, need: Need, *, limited: bool = False) -> Unanswered:
    """Return what an answer without success comes to; `doing` is method and path."""
    message = f"GitHub answered {status} to {doing}"
    if limited or status == 429:
        said = f"{message}: the token's rate limit is used up"
        return Unanswered(said, "wait for it to be filled up again, within an hour", status=429, is_outage=True)
    match status:
        case 401:
            return Unanswered(message, "the token is not valid, or not any more: renew it", status=401, is_outage=True)
        case 403:
            return Unanswered(message, f"give the token the permission {need}", status=403)
        case 404:
            hint = f"it says so too where the token may not look: that takes {need}"
            return Unanswered(message, hint, status=404)
        case _ if status >= 500:
            return Unanswered(message, _TRANSIENT, status=status, is_outage=True)
        case _ if 300 <= status < 400:
            hint = "redirects are not followed, since the token would go along: give the API's own address"
            return Unanswered(message, hint, status=status)
    return Unanswered(message, "see what GitHub's documentation says of this status", status=status)


def unreadable(doing: str, why: str) -> Unanswered:
    """Return that an answer came and is not what the API promises."""
    return Unanswered(
        f"GitHub's answer to {doing} can't be used: {why}",
        "see that the API's address is right and nothing in between rewrites its answers; else this version is too old for it",
    )


def unreached(doing: str, why: str) -> Unanswered:
    """Return that no answer came."""
    return Unanswered(f"GitHub did not answer {doing}: {why}", _TRANSIENT, is_outage=True)
