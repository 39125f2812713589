"""Puts a merge request together: people and times from the API, and everything that it changes from git."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.adapters.forge.commits import About
from gitops_breakglass.adapters.forge.git_side import GitSide, is_policy, plain, request_path
from gitops_breakglass.adapters.forge.gitlab.facts import Facts, accounts_in
from gitops_breakglass.adapters.forge.gitlab.landing import Landed
from gitops_breakglass.adapters.forge.gitlab.problems import NotRead
from gitops_breakglass.adapters.forge.gitlab.reviews import is_by_author_only
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.change import Change, Commit, Touch
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import PolicyStep


@dataclass(frozen=True)
class Changes:
    """Makes changes of one repository. `head` is the head as git has it; see `head_of`.

    Raises NotRead or RepositoryError where git has not what the API speaks of.
    """

    repository: GitRepository
    heads: Heads

    def landed(self, touch: Touch, facts: Facts, head: str, landed: Landed, tip: str) -> Change:
        """Return what brought a request's file."""
        entry = self.repository.entry(tip, touch.path)
        change = self._change(facts, head, landed.base, touch.path)
        return replace(
            change,
            landing=touch.commit,
            landed_as=landed.commits if len(landed.commits) > 1 else (),
            landed_files=self._git.landed_files(landed.commits, tip),
            blob_landing=plain(self.repository.entry(touch.commit, touch.path)),
            blob_now=plain(entry),
        )

    def landed_policy(self, step: PolicyStep, facts: Facts, head: str, landed: Landed, tip: str) -> Change:
        """Return what brought a commit of the policy side."""
        change = self._change(facts, head, landed.base, "")
        return replace(
            change,
            landing=step.commit,
            landed_as=landed.commits if len(landed.commits) > 1 else (),
            landed_files=self._git.landed_files(landed.commits, tip),
            blob_landing=self.repository.policy_tree(step.commit),
            blob_now=self.repository.policy_tree(tip),
        )

    def proposed(self, facts: Facts, head: str, tip: str) -> Change:
        """Return what has not landed: a change of the policy side where it touches no request."""
        path = request_path(self._git.files(tip, head))
        blob = self._git.blob(tip, path) if path else self.repository.policy_tree(tip)
        return replace(self._change(facts, head, tip, path), blob_now=blob)

    def _change(self, facts: Facts, head: str, base: str, path: str) -> Change:
        request = facts.request
        about: About = (lambda each: each == path) if path else is_policy
        content, here = self._content(path), self._here(facts)
        return Change(
            id=str(request),
            path=path,
            author=request.author,
            opened_at=request.created_at,
            merged_at=request.merged_at,
            base=base,
            head=head,
            landing=None,
            blob_head=content(head),
            blob_landing=None,
            blob_now=None,
            files=self._git.files(base, head),
            landed_files=(),
            commits=self._commits(facts, here, base, about),
            reviews=facts.approvals.reviews(lambda commit: content(commit) if commit in here else None),
            pushed_by_author_only=is_by_author_only(
                request.author, request.merged_by, facts.log, facts.approvals.versions
            ),
            policy_at_fork=None if path else self._git.policy_at_fork(base, head),
            pushers=facts.log.pushers,
            merged_by=request.merged_by,
            retargeted_at=facts.log.retargeted_at,
            closed_at=request.closed_at if request.state == "closed" else None,
            closed_by=request.closed_by if request.state == "closed" else None,
            shown=facts.shown,
            title=request.title,
            url=request.url,
        )

    def _content(self, path: str) -> Callable[[str], str | None]:
        """Return what gives the content at a commit: of the request's file, or of the policy side where there is none."""
        if not path:
            return self.repository.policy_tree
        return lambda commit: self._git.blob(commit, path)

    def _here(self, facts: Facts) -> frozenset[str]:
        """Return the heads of versions that git has, also of those that were pushed over since, which can't always be had."""
        found = self.heads.obtain([version.head for version in facts.approvals.versions])
        return frozenset(commit for commit in found.values() if not isinstance(commit, Unread))

    def _commits(self, facts: Facts, here: frozenset[str], base: str, about: About) -> tuple[Commit, ...]:
        """Return the commits of every version: a rebase by somebody else takes the committers off the newest one."""
        found: dict[str, Commit] = {}
        for version in reversed(facts.approvals.versions):
            if version.head in here:
                commits: Sequence[Commit] = self._git.branch(base, version.head, about).commits
                commits = [replace(each, accounts=accounts_in(each.emails)) for each in commits]
            else:
                commits = facts.commits_of(version)
            for commit in commits:
                found.setdefault(commit.id, commit)
        return tuple(found.values())

    @property
    def _git(self) -> GitSide:
        return GitSide(self.repository)


def head_of(facts: Facts, head: str | Unread) -> str:
    """Return the head that git has, if it is the one that the API speaks of. Raises NotRead where it is not."""
    request = facts.request
    if isinstance(head, Unread):
        raise NotRead(head.message, head.hint)
    if not head == request.head == facts.newest.head:
        raise NotRead(
            f"the head of {request} moved while it was read: git has {head[:12]}, GitLab says "
            f"{(request.head or 'nothing')[:12]}, and its newest version has {facts.newest.head[:12]}",
            "the next run asks again",
        )
    return head
