"""What each call to GitLab asks of a token, and the words for whatever keeps it from being answered."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.model.errors import BreakglassError, RefusedError, UnreachableError
from gitops_breakglass.model.unread import Unread


@dataclass(frozen=True)
class Need:
    """One kind of call: what it reads or writes in words, and what a token needs for it.

    `job` is whether a job's own token may do it: doc/ci/jobs/ci_job_token.md of GitLab lists what it may.
    """

    what: str
    scope: str = "read_api"
    role: str = "Reporter"
    job: bool = False
    hides: bool = False
    """Whether GitLab counts entries in a list that it does not show to everybody: notes that mention what is private, and
    internal ones. lib/api/notes.rb takes them out of a page after it was counted."""


PROJECT = Need("the project", role="Guest")
CANDIDATES = Need("the merge requests of a commit", job=True)
MERGE_REQUESTS = Need("the merge requests", job=True)
MERGE_REQUEST = Need("the merge request", job=True)
APPROVALS = Need("who approved the merge request")
VERSIONS = Need("the versions of the merge request")
NOTES = Need("the notes of the merge request", job=True, hides=True)
OWN_USER = Need("whose token it is", role="any")
USERS = Need("an account", role="any")
GROUP = Need("the group", role="Guest in the group")
MEMBERS = Need("the members of the group", role="Guest in the group")
BRANCH = Need("the default branch", job=True)
PROTECTION = Need("how the default branch is protected", role="Maintainer")
APPROVAL_SETTINGS = Need("the project's settings of approvals (GitLab Premium)", role="Developer")
PIPELINES = Need("the pipelines")
OPEN = Need("to open a merge request", scope="api", role="Developer")
COMMENT = Need("to comment on the merge request", scope="api")
CLOSE = Need("to close the merge request", scope="api", role="Developer")


class NotRead(Exception):
    """Something that can't be known, or done, now. It leaves this package as Unread or as an error for people.

    `status` is GitLab's answer where there was one.
    """

    def __init__(self, message: str, hint: str, status: int | None = None) -> None:
        super().__init__(message)
        self.unread = Unread(message, hint)
        self.status = status

    def as_error(self) -> BreakglassError:
        """Return the error of a caller who can't go on without it."""
        kind = RefusedError if self.status in {400, 401, 403, 404, 409, 422} else UnreachableError
        return kind(self.unread.message, hint=self.unread.hint)

    def as_unreachable(self) -> UnreachableError:
        """Return the error of a caller for whom nothing at all is known now."""
        return UnreachableError(self.unread.message, hint=self.unread.hint)


_TOKEN = "GITOPS_BREAKGLASS_TOKEN"  # noqa: S105 - the variable's name


def refused(need: Need, status: int) -> NotRead:
    """Return what an answer of GitLab that is no success means."""
    wanted = f"it needs the scope {need.scope} and, of roles, at least: {need.role}"
    match status:
        case 401:
            return NotRead(
                f"GitLab does not take the token (401), asked for {need.what}",
                f"it has expired or was revoked: make another one, and set {_TOKEN}",
                status,
            )
        case 403:
            return NotRead(f"the token may not be used for this: {need.what} (403)", wanted, status)
        case 404:
            return NotRead(
                f"GitLab answered 404, asked for {need.what}",
                f"it is not there, or the token may not see it: {wanted}",
                status,
            )
        case 409 | 400 | 422:
            return NotRead(
                f"GitLab refuses (HTTP {status}): {need.what}", "look at it in GitLab, then try again", status
            )
        case _:
            return NotRead(f"GitLab answered HTTP {status}, asked for {need.what}", "the next run asks again", status)


def no_token(need: Need) -> NotRead:
    """Return what is said where there is no token at all."""
    return NotRead(
        f"there is no token for GitLab, and one is needed for this: {need.what}",
        f"set {_TOKEN} to a project access token with the scope {need.scope}",
    )


def beyond_a_job(need: Need) -> NotRead:
    """Return what is said of a job's token before it is tried in vain."""
    return NotRead(
        f"the token of a CI job (CI_JOB_TOKEN) can't be used for this: {need.what}",
        f"set {_TOKEN} to a project access token with the scope {need.scope} and the role {need.role}, "
        "as a masked and protected variable",
        403,
    )


def malformed(what: str, wrong: str) -> NotRead:
    """Return what is said of an answer that is not as GitLab documents it."""
    return NotRead(
        f"GitLab's answer about {what} is not as documented: {wrong}",
        "the next run asks again; where that stays so, this version does not know that version of GitLab",
    )
