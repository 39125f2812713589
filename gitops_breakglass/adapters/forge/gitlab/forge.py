"""The GitLab forge: which merge request brought what landed, who approved it, and what is still open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.adapters.forge.access import ForgeAccess
from gitops_breakglass.adapters.forge.git_side import too_many_steps
from gitops_breakglass.adapters.forge.gitlab.changes import Changes, head_of
from gitops_breakglass.adapters.forge.gitlab.desk import GitlabDesk
from gitops_breakglass.adapters.forge.gitlab.facts import FactReader, Facts, still_busy
from gitops_breakglass.adapters.forge.gitlab.finder import Finder
from gitops_breakglass.adapters.forge.gitlab.landing import Landed
from gitops_breakglass.adapters.forge.gitlab.listing import Listing
from gitops_breakglass.adapters.forge.gitlab.problems import NotRead
from gitops_breakglass.adapters.forge.gitlab.run import Run, Runs
from gitops_breakglass.adapters.forge.gitlab.session import Session
from gitops_breakglass.adapters.forge.gitlab.settings import GitlabSettings
from gitops_breakglass.adapters.forge.gitlab.transport import Limits
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.change import Change, Touch
from gitops_breakglass.model.errors import RepositoryError, UnreachableError
from gitops_breakglass.model.forge import ForgeIdentity, Settings
from gitops_breakglass.model.identity import Account, Team
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import PolicyStep

T = TypeVar("T")
Landing = tuple[Facts, Landed, str | Unread]
"""A merge request, how it landed, and the head of it that git has."""


class GitlabForge:
    """Implements `ports.Forge`, `ports.Desk` and `ports.ForgeSettings` for one project of a GitLab. Making one asks nothing and needs no token."""

    def __init__(
        self, repository: GitRepository, heads: Heads, access: ForgeAccess, limits: Limits | None = None
    ) -> None:
        self.repository = repository
        self.heads = heads
        self.access = access
        self._limits = limits

    @property
    def identity(self) -> ForgeIdentity:
        """Which project of which GitLab this is."""
        return self.access.identity

    def landed(
        self,
        touches: Sequence[Touch],
        *,
        tip: str,
        sights: Mapping[str, datetime],  # noqa: ARG002 - GitLab has a clock
        now: datetime,
    ) -> Mapping[str, Change | Unread]:
        """Return the change that brought each landing commit, by the path of its touch.

        Raises UnreachableError where GitLab, or this project of it, can't be asked at all.
        """
        if not touches:
            return {}
        landings = self._landings(tuple(dict.fromkeys(touch.commit for touch in touches)), tip, now)

        def told(touch: Touch) -> Change | Unread:
            found = landings[touch.commit]
            if isinstance(found, Unread):
                return found
            facts, landed, head = found
            return _or_unread(lambda: self._changes.landed(touch, facts, head_of(facts, head), landed, tip))

        return {touch.path: told(touch) for touch in touches}

    def landed_policy(
        self,
        step: PolicyStep,
        *,
        tip: str,
        sights: Mapping[str, datetime],  # noqa: ARG002 - as above
        now: datetime,
    ) -> Change | Unread:
        """Return the change that brought a commit of the policy side; raises UnreachableError as `landed` does."""
        run = self._runs.begin(now)
        if isinstance(run, Unread):
            return run
        run.steps.add(step.commit)
        most = self.session.transport.limits.landings
        if step.commit not in run.found and len(run.steps) > most:
            return too_many_steps(most)
        found = self._landings((step.commit,), tip, now, step=step.commit)[step.commit]
        if isinstance(found, Unread):
            return found
        facts, landed, head = found
        return _or_unread(lambda: self._changes.landed_policy(step, facts, head_of(facts, head), landed, tip))

    def proposed(
        self,
        change: str,
        *,
        tip: str,
        sights: Mapping[str, datetime],  # noqa: ARG002 - as above
        now: datetime,
    ) -> Change | Unread:
        """Return a merge request by its number (`12` or `!12`), or the one that is open for a branch.

        Raises UnreachableError as `landed` does.
        """
        run = self._runs.begin(now)
        if isinstance(run, Unread):
            return run
        return _or_unread(lambda: self._proposed(change, tip, run))

    def _proposed(self, change: str, tip: str, run: Run) -> Change:
        finder = Finder(self.session, self.repository, self.access.branch)
        request = finder.named(change)
        if request.merged_at is not None:
            raise NotRead(f"{request} is merged already", "name one that is open; `status` tells what became of it")
        if finder.is_busy(request):
            raise still_busy(request)
        facts = FactReader(self.session, run.people).read(request)
        if run.heads.get(request.ref, "") != request.head:
            run.heads |= self.heads.obtain([request.ref])
        head = head_of(facts, run.heads[request.ref])
        return self._changes.proposed(facts, head, tip)

    def _landings(
        self, commits: Sequence[str], tip: str, now: datetime, *, step: str | None = None
    ) -> Mapping[str, Landing | Unread]:
        run = self._runs.begin(now)
        if isinstance(run, Unread):
            return dict.fromkeys(commits, run)
        most = self.session.transport.limits.landings
        left = Unread(f"one run asks GitLab about {most} merges at most", "the next runs ask about the others")
        fresh = [commit for commit in commits if commit not in run.found]
        room = most - len(run.found.keys() - run.steps)
        for commit in fresh if set(fresh) <= {step} else _turn_of(fresh, room, now):
            run.found[commit] = _or_unread(lambda: self._landing(commit, tip, run))  # noqa: B023 - called at once
        refs = {each[0].request.ref for each in run.found.values() if not isinstance(each, Unread)} - set(run.heads)
        if refs:
            # All of them in one call.
            run.heads |= self.heads.obtain(sorted(refs))
        for found in run.found.values():
            self._obtain_by_its_id(found, run)
        return {commit: _with_head(run.found.get(commit, left), run.heads) for commit in commits}

    def _obtain_by_its_id(self, found: tuple[Facts, Landed] | Unread, run: Run) -> None:
        """Have a head whose ref is gone, as GitLab lets them go two weeks after a merge; it keeps the commits."""
        if isinstance(found, Unread) or not isinstance(run.heads[found[0].request.ref], Unread):
            return
        request = found[0].request
        if request.head is not None:
            run.heads[request.ref] = self.heads.obtain([request.head])[request.head]

    def _landing(self, commit: str, tip: str, run: Run) -> tuple[Facts, Landed]:
        finder = Finder(self.session, self.repository, self.access.branch)
        reader = FactReader(self.session, run.people)
        request, landed, versions = finder.of_commit(commit, tip, reader.versions)
        return reader.read(request, versions), landed

    def unmerged(self, *, since: datetime) -> tuple[str, ...]:
        """Return the merge requests (`!12`) that touch `requests/` and are open, or were closed since then.

        Raises UnreachableError.
        """
        run = self._runs.begin(None)
        if isinstance(run, Unread):
            raise UnreachableError(run.message, hint=run.hint)
        return Listing(self.session, self.repository, self.heads, self.access.branch, run.heads).unmerged(since)

    def sights(self, *, tip: str, since: str | None) -> tuple[str, ...]:  # noqa: ARG002 - GitLab has a clock
        """Return nothing: GitLab has times of its own."""
        return ()

    def members(self, teams: Sequence[Team]) -> Mapping[Team, frozenset[Account] | Unread]:
        """Return who is in each group now, with groups above it and invited ones, as far as they are active."""
        return self._runs.recent().people.members(teams) if teams else {}

    def accounts(self, accounts: Sequence[Account]) -> Mapping[Account, Account | Unread | None]:
        """Return what GitLab calls these accounts now; None where there is none any more."""
        return self._runs.recent().people.accounts(accounts) if accounts else {}

    def open(self, branch: str, *, title: str, body: str) -> str:
        """Open a merge request, as `GitlabDesk` does."""
        return self._desk.open(branch, title=title, body=body)

    def comment(self, change: str, text: str) -> None:
        """Have our one comment say this, as `GitlabDesk` does."""
        self._desk.comment(change, text)

    def announce(self, change: str, event: str, text: str) -> None:
        """Write a new comment about an event, as `GitlabDesk` does."""
        self._desk.announce(change, event, text)

    def close(self, change: str, text: str) -> None:
        """Close a merge request, as `GitlabDesk` does."""
        self._desk.close(change, text)

    def settings(self) -> Settings:
        """Return how the project is set up, as `GitlabSettings` does."""
        self.session.transport.begin()
        return GitlabSettings(self.session, self.access.branch).settings()

    @property
    def _desk(self) -> GitlabDesk:
        # What is said may be said long after the questions of the run.
        self.session.transport.begin()
        return GitlabDesk(self.session, self.access.branch)

    @cached_property
    def session(self) -> Session:
        """The calls to GitLab, made when the first is needed."""
        return Session(self.access, self._limits)

    @cached_property
    def _runs(self) -> Runs:
        return Runs(self.session, self.access)

    @property
    def _changes(self) -> Changes:
        return Changes(self.repository, self.heads)


def _turn_of(commits: Sequence[str], most: int, now: datetime) -> Sequence[str]:
    """Return at most so many of them; others in the next minute, so that none waits for those that never get known."""
    if len(commits) <= most:
        return commits
    start = int(now.timestamp()) // 60 % len(commits)
    return [*commits[start:], *commits[:start]][: max(most, 0)]


def _with_head(found: tuple[Facts, Landed] | Unread, heads: Mapping[str, str | Unread]) -> Landing | Unread:
    return found if isinstance(found, Unread) else (*found, heads[found[0].request.ref])


def _or_unread(read: Callable[[], T]) -> T | Unread:
    try:
        return read()
    except NotRead as problem:
        return problem.unread
    except RepositoryError as error:
        return Unread.because(error)
