"""Finds merge requests: the one that landed as a commit, and one by its number or branch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gitops_breakglass.adapters.forge.gitlab.landing import Landed, as_its_own_commits, as_one_commit, may_be_its_own
from gitops_breakglass.adapters.forge.gitlab.problems import CANDIDATES, MERGE_REQUEST, MERGE_REQUESTS, NotRead
from gitops_breakglass.adapters.forge.gitlab.records import MergeRequest, Version
from gitops_breakglass.adapters.forge.gitlab.session import Session
from gitops_breakglass.adapters.git_parse import is_object_id
from gitops_breakglass.adapters.gitrepo import GitRepository

Found = tuple[MergeRequest, Landed, tuple[Version, ...] | None]
"""A merge request, how it landed, and its versions where they had to be asked for."""

_BUSY = frozenset({"checking", "approvals_syncing", "preparing"})
_PATIENCE = 10
"""How often we look at what GitLab is still computing."""


@dataclass(frozen=True)
class Finder:
    """Finds merge requests of one project that go to its default branch. Raises NotRead where it is not exactly one."""

    session: Session
    repository: GitRepository
    branch: str

    def of_commit(self, commit: str, tip: str, versions_of: Callable[[MergeRequest], tuple[Version, ...]]) -> Found:
        """Return the one merge request that landed as this commit of the default branch.

        GitLab names whatever has to do with a commit; each is held against git.
        """
        if not is_object_id(commit):
            raise NotRead(f"{commit!r} is no commit", "this is a bug of ours: please report it")
        listed = self.session.list(
            CANDIDATES, f"{self.session.project}/repository/commits/{commit}/merge_requests", state="merged"
        )
        found: list[Found] = []
        for request in map(MergeRequest.of, listed):
            if request.state != "merged" or not self.is_ours(request):
                continue
            if (landed := as_one_commit(request, commit, self.repository, tip)) is not None:
                found.append((request, landed, None))
            elif may_be_its_own(request, self.repository, tip):
                versions = versions_of(request)
                landed = as_its_own_commits(request, versions[-1], commit, self.repository, tip)
                found += [(request, landed, versions)] if landed is not None else []
        if len(found) != 1:
            raise _not_one(commit, [request for request, _, _ in found])
        if found[0][0].merged_at is None:
            raise NotRead(f"GitLab does not say when {found[0][0]} was merged", "the next run asks again")
        return found[0]

    def named(self, name: str) -> MergeRequest:
        """Return a merge request by its number (`12` or `!12`), or the one that is open for a branch."""
        number = name.removeprefix("!")
        place = f"{self.session.project}/merge_requests"
        if number.isdecimal():
            request = MergeRequest.of(self.session.get(MERGE_REQUEST, f"{place}/{number}"))
        else:
            listed = self.session.list(MERGE_REQUESTS, place, state="opened", source_branch=name)
            requests = [each for each in map(MergeRequest.of, listed) if self.is_ours(each)]
            if len(requests) != 1:
                raise NotRead(
                    f"there are {len(requests)} open merge requests from {name} to {self.branch}",
                    "give the number of one",
                )
            request = requests[0]
        if not self.is_ours(request):
            raise NotRead(
                f"{request} goes to {request.target_branch}, and only what goes to {self.branch} is judged",
                f"have it go to {self.branch}",
            )
        return request

    def is_busy(self, request: MergeRequest) -> bool:
        """Whether GitLab is still computing what a push did to the approvals, also after some waiting."""
        for _ in range(_PATIENCE):
            if request.status not in _BUSY:
                return False
            if not self.session.transport.pause(self.session.transport.limits.pause):
                return True
            request = self.named(str(request.number))
        return request.status in _BUSY

    def is_ours(self, request: MergeRequest) -> bool:
        """Whether it goes to the default branch of this very project."""
        return (
            str(request.target_project) == self.session.access.identity.repository
            and request.target_branch == self.branch
        )


def _not_one(commit: str, found: list[MergeRequest]) -> NotRead:
    if not found:
        return NotRead(
            f"no merge request landed as commit {commit[:12]}",
            "what is pushed past a merge request is approved by nobody: delete the file, and ask by a merge request",
        )
    names = ", ".join(str(each) for each in sorted(found, key=lambda each: each.number))
    return NotRead(
        f"several merge requests landed as commit {commit[:12]}: {names}",
        "nobody can say which was approved: delete the file, and ask again under another name",
    )
