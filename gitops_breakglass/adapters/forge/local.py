"""The local forge: plain git, where signatures say who and the reconciler's first sights say when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile

from gitops_breakglass.adapters.forge.commits import About, Branch
from gitops_breakglass.adapters.forge.git_side import GitSide, is_policy, plain, request_path, what_of
from gitops_breakglass.adapters.forge.local_tags import APPROVALS, Approvals, tag_sight
from gitops_breakglass.adapters.git_parse import REGULAR
from gitops_breakglass.adapters.gitrepo import REQUESTS, GitRepository
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.adapters.signatures import Signatures
from gitops_breakglass.model.change import Change, Touch
from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.model.forge import ForgeIdentity
from gitops_breakglass.model.identity import Account, Provider, Team
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import PolicyStep, TreeEntry

BRANCHES = "breakglass/"
"""Branches of requests are `breakglass/<cluster>/<name>`."""

WORKERS = 8
"""How many changes are read at a time; each takes a handful of short runs of git and ssh-keygen."""


@dataclass(frozen=True)
class LocalForge:
    """Implements `ports.Forge` for a clone. Facts only: who signed what, and when we first saw it."""

    repository: GitRepository
    signatures: Signatures = field(default_factory=Signatures)

    @property
    def identity(self) -> ForgeIdentity:
        """The local forge, of whatever repository it is."""
        return ForgeIdentity(Provider.LOCAL)

    def landed(
        self, touches: Sequence[Touch], *, tip: str, sights: Mapping[str, datetime], now: datetime
    ) -> Mapping[str, Change | Unread]:
        """Return the change that brought each landing commit, by the path of its touch."""
        approvals = Approvals.of(self.repository, self.signatures)
        here = {entry.path: entry for entry in self.repository.entries(tip, REQUESTS)}
        self._read_ahead(touches, approvals, tip)

        def read(touch: Touch) -> Change | Unread:
            try:
                return self._landed(touch, here.get(touch.path), approvals, tip=tip, sights=sights, now=now)
            except RepositoryError as error:
                # What is broken about one request must not keep the others from being judged.
                return Unread.because(error)

        return dict(zip((touch.path for touch in touches), ThreadPool(WORKERS).map(read, touches), strict=True))

    def _read_ahead(self, touches: Sequence[Touch], approvals: Approvals, tip: str) -> None:
        """Read the heads and the tags of all changes in one call; what is broken among them is found out one by one."""
        tags = {identity for touch in touches for _, identity in approvals.tags.get(what_of(touch.path), ())}
        line = self.repository.line(tip)
        heads = {
            line[touch.commit].parents[-1] for touch in touches if touch.commit in line and line[touch.commit].parents
        }
        with suppress(RepositoryError):
            self.repository.read_ahead((*sorted(tags), *sorted(heads)))

    def _landed(
        self,
        touch: Touch,
        here: TreeEntry | None,
        approvals: Approvals,
        *,
        tip: str,
        sights: Mapping[str, datetime],
        now: datetime,
    ) -> Change:
        what = what_of(touch.path)
        base, head, branch = self._brought(touch.commit, tip, lambda path: path == touch.path)
        merged_at = sights.get(merge_sight(touch.commit), now)
        return Change(
            id=f"{BRANCHES}{what}" if what else touch.commit,
            path=touch.path,
            author=branch.author,
            opened_at=_first_sight(f"{BRANCHES}{what}", sights, merged_at),
            merged_at=merged_at,
            base=base,
            head=head,
            landing=touch.commit,
            blob_head=self._git.blob(head, touch.path),
            blob_landing=touch.blob if touch.mode == REGULAR else None,
            blob_now=plain(here),
            files=branch.files,
            landed_files=self._git.landed_files((touch.commit,), tip),
            commits=branch.commits,
            reviews=approvals.reviews(
                what, lambda at: self._git.blob(at, touch.path), part_of=branch.ids, sights=sights, now=now
            )
            if what
            else (),
            pushed_by_author_only=branch.is_authors_alone,
        )

    def landed_policy(
        self, step: PolicyStep, *, tip: str, sights: Mapping[str, datetime], now: datetime
    ) -> Change | Unread:
        """Return the change that brought a commit of the policy side; its blobs are trees of the policy side."""
        try:
            return self._landed_policy(step, tip=tip, sights=sights, now=now)
        except RepositoryError as error:
            return Unread.because(error)

    def _landed_policy(self, step: PolicyStep, *, tip: str, sights: Mapping[str, datetime], now: datetime) -> Change:
        base, head, branch = self._brought(step.commit, tip, is_policy)
        approvals = Approvals.of(self.repository, self.signatures)
        merged_at = sights.get(merge_sight(step.commit), now)
        return Change(
            id=step.commit,
            author=branch.author,
            opened_at=merged_at,
            merged_at=merged_at,
            base=base,
            head=head,
            landing=step.commit,
            blob_head=self.repository.policy_tree(head),
            blob_landing=self.repository.policy_tree(step.commit),
            blob_now=self.repository.policy_tree(tip),
            files=branch.files,
            landed_files=self._git.landed_files((step.commit,), tip),
            commits=branch.commits,
            reviews=approvals.policy_reviews(head, self.repository.policy_tree, sights=sights, now=now),
            pushed_by_author_only=branch.is_authors_alone,
            policy_at_fork=self._git.policy_at_fork(base, head),
        )

    def _brought(self, landing: str, tip: str, about: About) -> tuple[str, str, Branch]:
        """Return base, head and branch of what landed with a commit of the default branch.

        A commit with one parent is a branch of its own (a fast-forward). A root, and a merge of more than one branch,
        have commits of nobody: there is no one branch that somebody could have approved.
        """
        on_line = self.repository.line(tip).get(landing)
        match on_line.parents if on_line else ():
            case (base,):
                head = landing
            case (base, head):
                pass
            case (base, *_):
                return base, landing, Branch((), (), None)
            case _:
                return landing, landing, Branch((), (), None)
        return base, head, self._git.branch(base, head, about)

    def proposed(self, change: str, *, tip: str, sights: Mapping[str, datetime], now: datetime) -> Change | Unread:
        """Return a branch that is not merged yet.

        One that adds or changes no file under `requests/` is a change of the policy side.
        """
        head = self._head(change)
        if head is None:
            return Unread(
                f"there is no branch {change} here", "give one that `git branch --all` lists, or fetch it first"
            )
        files = self._git.files(tip, head)
        path = request_path(files, f"{REQUESTS}{change.removeprefix(BRANCHES)}.yaml")
        branch = self._git.branch(tip, head, (lambda each: each == path) if path else is_policy)
        approvals = Approvals.of(self.repository, self.signatures)
        what = what_of(path)
        if path:
            reviews = (
                approvals.reviews(what, lambda at: self._git.blob(at, path), part_of=branch.ids, sights=sights, now=now)
                if what
                else ()
            )
        else:
            reviews = approvals.policy_reviews(head, self.repository.policy_tree, sights=sights, now=now)
        return Change(
            id=change,
            path=path,
            author=branch.author,
            opened_at=_first_sight(change, sights, now),
            merged_at=None,
            base=tip,
            head=head,
            landing=None,
            blob_head=self._git.blob(head, path) if path else self.repository.policy_tree(head),
            blob_landing=None,
            blob_now=self._git.blob(tip, path) if path else self.repository.policy_tree(tip),
            files=files,
            landed_files=(),
            commits=branch.commits,
            reviews=reviews,
            pushed_by_author_only=branch.is_authors_alone,
            policy_at_fork=None if path else self._git.policy_at_fork(tip, head),
        )

    def unmerged(self, *, since: datetime) -> tuple[str, ...]:  # noqa: ARG002 - git does not say when
        """Return the branches under `breakglass/` that are not merged and change something under `requests/`.

        A branch that was deleted is gone, whenever that was: git keeps nothing that could be told of it.
        """
        tip = self.repository.tip()
        return tuple(
            branch
            for branch, head in sorted(self._open(tip).items())
            if any(each.path.startswith(REQUESTS) for each in self._git.files(tip, head))
        )

    def members(self, teams: Sequence[Team]) -> Mapping[Team, frozenset[Account] | Unread]:
        """Return that nobody can say: git knows no teams."""
        return {team: Unread(f"plain git has no team {team}", "list the members of the group") for team in teams}

    def accounts(self, accounts: Sequence[Account]) -> Mapping[Account, Account | Unread | None]:
        """Return that nobody can say: git knows keys, and no accounts."""
        return {each: Unread(f"plain git has no account {each}", "people sign with their keys") for each in accounts}

    def sights(self, *, tip: str, since: str | None) -> tuple[str, ...]:
        """Return what there is to be seen now: open branches, approval tags, and commits of the default branch.

        `since` is the last commit whose sight is recorded; None is the whole line.
        """
        branches = [branch_sight(branch, head) for branch, head in sorted(self._open(tip).items())]
        tags = [tag_sight(ref, identity) for ref, identity in self.repository.refs(APPROVALS).items()]
        fresh = takewhile(lambda commit: commit.id != since, self.repository.line(tip).values())
        merges = [merge_sight(commit.id) for commit in fresh if commit.changes]
        return (*branches, *tags, *reversed(merges))

    @property
    def _git(self) -> GitSide:
        return GitSide(self.repository, self.signatures)

    def _head(self, branch: str) -> str | None:
        """Return the head of a branch: the remote's where there is one, else our own."""
        remote = self.repository.remote
        there = self.repository.resolve(f"refs/remotes/{remote}/{branch}") if remote else None
        return there or self.repository.resolve(f"refs/heads/{branch}")

    def _open(self, tip: str) -> dict[str, str]:
        """Return the heads of branches of requests that are not merged, by the branch's name."""
        remote = self.repository.remote
        prefixes = ["refs/heads/", *([f"refs/remotes/{remote}/"] if remote else [])]
        return {
            ref.removeprefix(prefix): head
            for prefix in prefixes
            for ref, head in self.repository.refs(f"{prefix}{BRANCHES}", beside=tip).items()
        }


def branch_sight(branch: str, head: str) -> str:
    """Return the key under which the first sight of a branch is recorded."""
    return f"branch {branch} {head}"


def merge_sight(landing: str) -> str:
    """Return the key under which the first sight of a commit of the default branch is recorded."""
    return f"merge {landing}"


def _first_sight(branch: str, sights: Mapping[str, datetime], otherwise: datetime) -> datetime:
    """Return when the branch was first seen, at whatever commit it was then."""
    key = branch_sight(branch, "")
    return min((at for each, at in sights.items() if each.startswith(key)), default=otherwise)
