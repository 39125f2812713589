"""A forge in memory: changes with an author, reviews that are given and withdrawn, merges, and a clock of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gitops_breakglass.model.change import Change, Commit, FileChange, Review, ReviewState, Touch
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.forge import ForgeIdentity
from gitops_breakglass.model.identity import Account, Provider, Team
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import PolicyStep
from tests.simulation import repository

PEOPLE = ("alice", "erin", "ben", "dana", "mallory")


def account(name: str) -> Account:
    """Somebody's account; mallory has one, and is nobody in the repository."""
    return Account(Provider.GITHUB, str(1 + PEOPLE.index(name)), name)


@dataclass
class Pull:
    """One pull request."""

    number: int
    author: str
    opened: datetime
    head: repository.Commit
    reviews: list[Review] = field(default_factory=list)
    merged: datetime | None = None
    landing: repository.Commit | None = None

    @property
    def path(self) -> str:
        assert self.head.parent is not None
        fresh = (each for each in self.head.files if each not in self.head.parent.files)
        return next((each for each in fresh if each.startswith(repository.REQUESTS)), "")


class Hub:
    """The forge, as people use it and as the ports ask it. `down` says why it does not answer."""

    def __init__(self, git: repository.Git, now: Callable[[], datetime]) -> None:
        self.git = git
        self.now = now
        self.down: str | None = None
        self.pulls: list[Pull] = []
        self.heard: Callable[[Pull], None] = lambda _: None
        """Told of each pull request whose facts are given to a run."""

    # -- what people do

    def opens(self, author: str, changed: Mapping[str, bytes | None]) -> Pull:
        pull = Pull(len(self.pulls) + 1, author, self.now(), self.git.branch(changed))
        self.pulls.append(pull)
        return pull

    def reviews(self, pull: Pull, by: str, state: ReviewState = ReviewState.APPROVED, blob: str | None = None) -> None:
        """The newest word of a reviewer counts, as each is kept."""
        what = blob or pull.head.blobs.get(pull.path) or pull.head.policy_tree
        review = Review(account(by), state, pull.head.id, what, self.now(), "looked at", source=f"review by {by}")
        pull.reviews.append(review)

    def withdraws(self, pull: Pull) -> None:
        """All approvals are dismissed."""
        pull.reviews = [replace(each, state=ReviewState.DISMISSED) for each in pull.reviews]

    def merges(self, pull: Pull) -> None:
        pull.landing, pull.merged = self.git.merge(pull.head), self.now()

    # -- what a run asks

    @property
    def identity(self) -> ForgeIdentity:
        return ForgeIdentity(Provider.GITHUB, "1")

    def landed(
        self, touches: Sequence[Touch], *, tip: str, sights: Mapping[str, datetime], now: datetime
    ) -> Mapping[str, Change | Unread]:
        self._asked()
        return {each.path: self._brought(each.commit, each.path, tip) for each in touches}

    def landed_policy(
        self, step: PolicyStep, *, tip: str, sights: Mapping[str, datetime], now: datetime
    ) -> Change | Unread:
        self._asked()
        return self._brought(step.commit, "", tip)

    def proposed(self, change: str, *, tip: str, sights: Mapping[str, datetime], now: datetime) -> Change | Unread:
        return Unread("nobody asks for that here")

    def unmerged(self, *, since: datetime) -> tuple[str, ...]:
        return ()

    def sights(self, *, tip: str, since: str | None) -> tuple[str, ...]:
        return ()

    def members(self, teams: Sequence[Team]) -> Mapping[Team, frozenset[Account] | Unread]:
        return {}

    def accounts(self, accounts: Sequence[Account]) -> Mapping[Account, Account | Unread | None]:
        return {each: each for each in accounts}

    def _asked(self) -> None:
        if self.down is not None:
            raise UnreachableError(self.down, hint="the next run tries again")

    def _brought(self, landing: str, path: str, tip: str) -> Change | Unread:
        pull = next((each for each in self.pulls if each.landing and each.landing.id == landing), None)
        if pull is None or pull.landing is None or pull.landing.parent is None or pull.head.parent is None:
            return Unread("no pull request brought it", "merge through a pull request")
        self.heard(pull)
        landed, before, fork = pull.landing, pull.landing.parent, pull.head.parent

        def what(commit: repository.Commit) -> str | None:
            return commit.blobs.get(path) if path else commit.policy_tree

        return Change(
            id=str(pull.number),
            author=account(pull.author),
            opened_at=pull.opened,
            merged_at=pull.merged,
            base=before.id,
            head=pull.head.id,
            landing=landed.id,
            blob_head=what(pull.head),
            blob_landing=what(landed),
            blob_now=what(self.git.commits[tip]),
            files=_changed(fork, pull.head),
            landed_files=_changed(before, landed),
            commits=(Commit(pull.head.id, account(pull.author), (f"{pull.author}@example.com",), touches=True),),
            reviews=tuple(pull.reviews),
            pushed_by_author_only=True,
            path=path,
            policy_at_fork=fork.policy_tree,
            merged_by=account(pull.author),
        )


def _changed(before: repository.Commit, after: repository.Commit) -> tuple[FileChange, ...]:
    old, new = before.blobs, after.blobs
    return tuple(
        FileChange(path, "A" if path not in old else "D" if path not in new else "M")
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    )
