"""GitHub as a forge: who asked and who approved by its pull requests, proved anew from what it says of each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.adapters.forge.access import ForgeAccess
from gitops_breakglass.adapters.forge.git_side import GitSide, too_many_steps
from gitops_breakglass.adapters.forge.github.changes import Changes, head_ref, obtain
from gitops_breakglass.adapters.forge.github.connection import Limits
from gitops_breakglass.adapters.forge.github.desk import GithubDesk
from gitops_breakglass.adapters.forge.github.finder import Finder
from gitops_breakglass.adapters.forge.github.known import Known, read_known
from gitops_breakglass.adapters.forge.github.listing import closed_numbers, number_named, number_of, open_numbers
from gitops_breakglass.adapters.forge.github.people import read_account, read_members
from gitops_breakglass.adapters.forge.github.place import Place, find_repository
from gitops_breakglass.adapters.forge.github.pulls import read_life, read_pull
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.settings import read_settings
from gitops_breakglass.adapters.forge.github.unanswered import Unanswered
from gitops_breakglass.adapters.gitrepo import REQUESTS, GitRepository
from gitops_breakglass.model.change import Change, Touch
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.forge import ForgeIdentity, Settings
from gitops_breakglass.model.identity import Account, Team
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import PolicyStep


@dataclass
class _Run:
    """What one run has asked already; another `now` is another run."""

    now: datetime
    finder: Finder
    known: dict[str, Known | Unread] = field(default_factory=dict)
    steps: set[str] = field(default_factory=set)
    """Commits of the policy side that were asked about."""


class GithubForge:
    """Implements `ports.Forge`, `ports.Desk` and `ports.ForgeSettings` for one repository. Making one asks nothing."""

    def __init__(
        self, repository: GitRepository, heads: Heads, access: ForgeAccess, limits: Limits | None = None
    ) -> None:
        self._repository = repository
        self._heads = heads
        self._access = access
        self._session = Session(access, limits or Limits())
        self._place: Place | None = None
        self._seen: Mapping[str, str | Unread] = {}
        self._run: _Run | None = None

    @property
    def identity(self) -> ForgeIdentity:
        """Which repository this is."""
        return self._access.identity

    def landed(
        self,
        touches: Sequence[Touch],
        *,
        tip: str,
        sights: Mapping[str, datetime],  # noqa: ARG002 - it has a clock
        now: datetime,
    ) -> Mapping[str, Change | Unread]:
        """Return the change that brought each landing commit, by the path of its touch."""
        if not touches:
            return {}
        if (missing := self._without_token()) is not None:
            return {touch.path: missing for touch in touches}
        run = self._begin(now)
        known = self._read({touch.commit for touch in touches}, tip, run)
        changes = self._changes(tip, [each for each in known.values() if isinstance(each, Known)])
        return {
            touch.path: found if isinstance(found := known[touch.commit], Unread) else changes.landed(found, touch)
            for touch in touches
        }

    def landed_policy(
        self,
        step: PolicyStep,
        *,
        tip: str,
        sights: Mapping[str, datetime],  # noqa: ARG002 - it has a clock
        now: datetime,
    ) -> Change | Unread:
        """Return the change that brought a commit of the policy side; its blobs are trees of the policy side."""
        if (missing := self._without_token()) is not None:
            return missing
        run = self._begin(now)
        run.steps.add(step.commit)
        if step.commit not in run.known and len(run.steps) > self._session.limits.most_new:
            return too_many_steps(self._session.limits.most_new)
        known = self._read({step.commit}, tip, run)[step.commit]
        return known if isinstance(known, Unread) else self._changes(tip, [known]).landed_policy(known, step)

    def proposed(
        self,
        change: str,
        *,
        tip: str,
        sights: Mapping[str, datetime],  # noqa: ARG002 - it has a clock
        now: datetime,
    ) -> Change | Unread:
        """Return a pull request that is not merged, by its number or the name of its branch."""
        if (missing := self._without_token()) is not None:
            return missing
        place = self._begin(now).finder.place
        if (enough := self._too_much(0)) is not None:
            return enough
        try:
            pull = read_pull(self._session, place, number_named(self._session, place, change))
            if pull.merged_at is not None:
                return Unread(
                    f"{pull.name} is merged already", "name one that is open; `status` tells what became of it"
                )
            if pull.goes_to != (place.id, place.branch):
                return Unread(f"{pull.name} does not go to {place.branch} of this repository", "name one that does")
            known = read_known(self._session, place, pull, read_life(self._session, place, pull.number), ())
        except Unanswered as error:
            return error.as_unread()
        return self._changes(tip, [known]).proposed(known)

    def unmerged(self, *, since: datetime) -> tuple[str, ...]:
        """Return the names of pull requests that touch `requests/` and are open, or were closed unmerged since then.

        What they touch is told by git, so it takes a fetch and no further question.
        """
        place = self._found()
        try:
            numbers = sorted({*open_numbers(self._session, place), *closed_numbers(self._session, place, since)})
        except Unanswered as error:
            raise error.as_error() from None
        here = self._seen = self._heads.obtain([head_ref(each) for each in numbers])
        tip = self._repository.tip()
        return tuple(f"#{each}" for each in numbers if self._asks(here.get(head_ref(each)), tip))

    def sights(self, *, tip: str, since: str | None) -> tuple[str, ...]:  # noqa: ARG002 - as the port has it
        """Return nothing: GitHub has times of its own."""
        return ()

    def members(self, teams: Sequence[Team]) -> Mapping[Team, frozenset[Account] | Unread]:
        """Return who is in each team now: those who were only invited are not, those of teams below it are."""
        self._work()
        return {team: read_members(self._session, team) for team in teams}

    def accounts(self, accounts: Sequence[Account]) -> Mapping[Account, Account | Unread | None]:
        """Return what GitHub calls these accounts now, found by their numbers; None where there is none any more."""
        self._work()
        return {account: read_account(self._session, account) for account in accounts}

    def open(self, branch: str, *, title: str, body: str) -> str:
        """Open a pull request of a branch that is pushed, and return its address."""
        return self._desk().open(branch, title=title, body=body)

    def comment(self, change: str, text: str) -> None:
        """Have our one comment on the pull request say this."""
        self._desk().comment(number_of(change), text)

    def announce(self, change: str, event: str, text: str) -> None:
        """Write a new comment about an event, once."""
        self._desk().announce(number_of(change), event, text)

    def close(self, change: str, text: str) -> None:
        """Close a pull request that is open, saying why."""
        self._desk().close(number_of(change), text)

    def settings(self) -> Settings:
        """Return how the repository is set up, as far as the token may see it."""
        return read_settings(self._session, self._found())

    def _desk(self) -> GithubDesk:
        return GithubDesk(self._session, self._found())

    def _without_token(self) -> Unread | None:
        if self._access.token is not None:
            return None
        return Unread("there is no token for GitHub", "set GITOPS_BREAKGLASS_TOKEN or GITHUB_TOKEN")

    def _begin(self, now: datetime) -> _Run:
        """Return what this run knows so far. Raises UnreachableError where the repository is not what it has to be."""
        if self._run is None or self._run.now != now:
            self._place = self._run = None
            self._run = _Run(now, Finder(self._session, self._found(), self._repository))
        return self._run

    def _work(self) -> None:
        """Let the time for a piece of work run from now; all that one run asks is one piece."""
        if self._run is None:
            self._session.begin()

    def _found(self) -> Place:
        """Return the repository as its number leads to it now. Raises UnreachableError."""
        self._work()
        if self._place is None:
            try:
                self._place = find_repository(self._session, self._access)
            except Unanswered as error:
                raise UnreachableError(error.message, hint=error.hint) from None
        return self._place

    def _read(self, commits: set[str], tip: str, run: _Run) -> Mapping[str, Known | Unread]:
        """Read what brought each commit. Beyond a bound, whose turn it is goes by lot: no flood keeps others away for good."""
        waiting = sorted(commits - run.known.keys(), key=lambda each: _lot(each, run.now))
        down: Unread | None = None
        found: dict[str, Known | Unread] = {}
        for number, commit in enumerate(waiting):
            answer = down or self._too_much(number)
            if answer is None:
                try:
                    run.known[commit] = self._known(commit, tip, run.finder)
                    continue
                except Unanswered as error:
                    answer = error.as_unread()
                    down = answer if error.is_outage else None
            found[commit] = answer
        return {commit: run.known.get(commit) or found[commit] for commit in commits}

    def _known(self, commit: str, tip: str, finder: Finder) -> Known:
        brought = finder.brought(commit, tip)
        return read_known(self._session, finder.place, brought.pull, brought.life, brought.landed)

    def _too_much(self, asked: int) -> Unread | None:
        """Return why nothing more is asked about: the bound of a run, or calls that are left for others."""
        limits, left = self._session.limits, self._session.left
        if asked >= limits.most_new:
            return Unread(
                f"one run asks about {limits.most_new} new changes, and there are more", "the next runs take them"
            )
        if left is not None and left < limits.reserve:
            return Unread(
                f"the token has {left} calls left, and {limits.reserve} are kept for others",
                "wait for its rate limit to be filled up again, within an hour; an App has a higher one",
            )
        return None

    def _changes(self, tip: str, known: Sequence[Known]) -> Changes:
        place = self._found()
        return Changes(self._session, place, self._repository, tip, obtain(self._heads, known, self._seen))

    def _asks(self, head: str | Unread | None, tip: str) -> bool:
        """Whether it touches a request; what can't be fetched may, and says what is wrong when it is read."""
        if not isinstance(head, str):
            return True
        return any(each.path.startswith(REQUESTS) for each in GitSide(self._repository).files(tip, head))


def _lot(commit: str, now: datetime) -> bytes:
    return hashlib.sha256(f"{commit} {now.isoformat()}".encode()).digest()
