"""Puts together what git has and what GitHub knows of a pull request: a change, for whoever judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.adapters.forge.commits import About
from gitops_breakglass.adapters.forge.git_side import GitSide, is_policy, plain, request_path
from gitops_breakglass.adapters.forge.github.known import Known
from gitops_breakglass.adapters.forge.github.place import Place
from gitops_breakglass.adapters.forge.github.reviews import approved, reviews_of
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered
from gitops_breakglass.adapters.git_parse import REGULAR
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.change import Change, Commit, Touch
from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import PolicyStep

Content = Callable[[str], str | None]
"""What was at a commit: the blob of a request, or the tree of the policy side."""


def head_ref(number: int) -> str:
    """Return the ref under which the head of a pull request is to be had, also from a fork that is gone."""
    return f"refs/pull/{number}/head"


def obtain(heads: Heads, known: Sequence[Known], seen: Mapping[str, str | Unread]) -> Mapping[str, str | Unread]:
    """Have every head and every approved commit here, as few fetches as it takes.

    `seen` are heads that were fetched before, by their refs: they need no second fetch where they are the head still.
    """
    wanted = {head_ref(each.pull.number): each.pull.head for each in known}
    here = {ref: head for ref, head in wanted.items() if seen.get(ref) == head}
    commits = [commit for each in known for commit in approved(each.reviews)]
    return {**here, **heads.obtain([*(wanted.keys() - here.keys()), *commits])}


@dataclass(frozen=True)
class Changes:
    """Makes changes of one repository at one tip. `here` is what could be obtained of their commits."""

    session: Session
    place: Place
    repository: GitRepository
    tip: str
    here: Mapping[str, str | Unread]

    def landed(self, known: Known, touch: Touch) -> Change | Unread:
        """Return the change that brought a request's file."""
        return self._safely(
            known,
            lambda: replace(
                self._change(known, touch.path),
                blob_landing=touch.blob if touch.mode == REGULAR else None,
                blob_now=plain(self.repository.entry(self.tip, touch.path)),
            ),
        )

    def landed_policy(self, known: Known, step: PolicyStep) -> Change | Unread:
        """Return the change that brought a commit of the policy side; of several, each has its own tree."""
        tree = self.repository.policy_tree
        return self._safely(known, lambda: replace(self._of_policy(known), blob_landing=tree(step.commit)))

    def proposed(self, known: Known) -> Change | Unread:
        """Return a change that is not merged: of the request that it touches, else of the policy side."""

        def made() -> Change:
            path = request_path(self._git.files(self.tip, self._head(known)))
            if not path:
                return self._of_policy(known)
            return replace(self._change(known, path), blob_now=plain(self.repository.entry(self.tip, path)))

        return self._safely(known, made)

    def _safely(self, known: Known, made: Callable[[], Change]) -> Change | Unread:
        try:
            return made()
        except Unanswered as error:
            return error.as_unread()
        except RepositoryError as error:
            return Unread(f"{known.pull.name}: {error.message}", error.hint or "run again")

    def _of_policy(self, known: Known) -> Change:
        change = self._change(known, "")
        trees = self.repository.policy_tree
        return replace(
            change,
            blob_now=trees(self.tip),
            policy_at_fork=self._git.policy_at_fork(change.base, change.head),
        )

    def _change(self, known: Known, path: str) -> Change:
        """Return the change without what is said of the default branch: its own content, its people, its times."""
        pull, head = known.pull, self._head(known)
        lost = [each for each in approved(known.reviews) if not isinstance(self.here.get(each), str)]
        if len(lost) > self.session.limits.most_lost:
            raise Unanswered(
                f"{pull.name} was approved at {len(lost)} commits that were pushed over and can't be fetched any more",
                "ask again in a new pull request",
            )
        landing = known.landed[-1] if known.landed else None
        base = self._git.base_of(known.landed[0], self.tip) if known.landed else self.tip
        about: About = (lambda each: each == path) if path else is_policy
        branch = self._git.branch(base, head, about)
        content: Content = (lambda commit: self._blob(commit, path)) if path else self._tree
        return Change(
            id=pull.name,
            path=path,
            author=pull.author,
            opened_at=pull.opened_at,
            merged_at=pull.merged_at if landing else None,
            base=base,
            head=head,
            landing=landing,
            blob_head=self._git.blob(head, path) if path else self.repository.policy_tree(head),
            blob_landing=None,
            blob_now=None,
            files=branch.files,
            landed_files=self._git.landed_files(known.landed, self.tip),
            commits=tuple(_with_accounts(each, known) for each in branch.commits),
            reviews=reviews_of(known.reviews, pull.merged_at, content),
            pushed_by_author_only=known.pushed_by_author_only,
            landed_as=known.landed if len(known.landed) > 1 else (),
            pushers=known.pushes.by,
            merged_by=known.merged_by if landing else None,
            retargeted_at=known.life.retargeted_at,
            closed_at=None if landing else pull.closed_at,
            closed_by=None if landing or pull.closed_at is None else known.life.closed_by,
            shown=known.shown,
            title=pull.title,
            url=pull.url,
        )

    @property
    def _git(self) -> GitSide:
        return GitSide(self.repository)

    def _head(self, known: Known) -> str:
        """Return the head as git has it, which has to be the one that GitHub tells the reviews of."""
        pull = known.pull
        head = self.here.get(head_ref(pull.number), Unread(f"the head of {pull.name} was not fetched"))
        if isinstance(head, Unread):
            raise Unanswered(head.message, head.hint)
        if head != pull.head:
            raise Unanswered(f"the head of {pull.name} moved while it was read", "the next run reads it again")
        return head

    def _blob(self, commit: str, path: str) -> str | None:
        """Return the blob at a commit that somebody reviewed; one that was pushed over GitHub may still have."""
        if isinstance(self.here.get(commit), str):
            return self._git.blob(commit, path)
        try:
            file = self.session.get(f"{self.place.path}/contents/{path}", Need.CONTENTS, ref=commit)
        except Unanswered as error:
            if error.status != 404:
                raise
            return None
        return file.text("sha") if file.text("type") == "file" else None

    def _tree(self, commit: str) -> str | None:
        return self.repository.policy_tree(commit) if isinstance(self.here.get(commit), str) else None


def _with_accounts(commit: Commit, known: Known) -> Commit:
    accounts = known.accounts.get(commit.id)
    if accounts is None:
        raise Unanswered(
            f"GitHub does not list the commit {commit.id[:12]} as one of {known.pull.name}, so whose it is can't be known",
            "bring the branch up to date with the default branch, or ask again in a new pull request",
        )
    return replace(commit, accounts=accounts)
