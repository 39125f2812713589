"""Did this merge request land as that commit of the default branch? GitLab names candidates, git says which it was."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from gitops_breakglass.adapters.forge.gitlab.records import MergeRequest, Version
from gitops_breakglass.adapters.gitrepo import GitRepository


@dataclass(frozen=True)
class Landed:
    """The commits of the default branch that a merge request landed as, oldest first, and the one before them."""

    commits: tuple[str, ...]
    base: str


def as_one_commit(request: MergeRequest, commit: str, repository: GitRepository, tip: str) -> Landed | None:
    """Return how it landed, where that is by one merge commit or one squashed commit; None where it did not.

    A merge commit has to have the merge request's head, or what it was squashed to, for its second parent: GitLab also
    calls a merge request merged whose head came along with another one.
    """
    here = repository.line(tip).get(commit)
    if here is None or not here.parents:
        return None
    match here.parents:
        case (base,):
            return Landed((commit,), base) if request.squash_commit == commit else None
        case (base, brought):
            is_its_own = brought in {request.head, request.squash_commit} - {None}
            return Landed((commit,), base) if request.merge_commit == commit and is_its_own else None
        case _:
            return None


def as_its_own_commits(
    request: MergeRequest, newest: Version, commit: str, repository: GitRepository, tip: str
) -> Landed | None:
    """Return how it landed, where the default branch was moved to its head; None where it was not.

    The commits are those of the first-parent line from where it left the default branch up to its head.
    """
    line = repository.line(tip)
    head = request.head
    if head is None or head != newest.head or not may_be_its_own(request, repository, tip):
        return None
    order = list(line)
    since = order[order.index(head) :]
    commits = tuple(takewhile(lambda each: each != newest.base, since))[::-1]
    if newest.base not in since or commit not in commits:
        return None
    return Landed(commits, newest.base)


def may_be_its_own(request: MergeRequest, repository: GitRepository, tip: str) -> bool:
    """Whether it may have landed by a fast-forward, so that its versions have to be asked for."""
    is_plain = request.squash_commit is None and request.merge_commit in {None, request.head}
    return is_plain and request.head in repository.line(tip)
