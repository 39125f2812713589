"""Finds the one pull request that brought a commit to the default branch, and proves it by the event of its merge."""

from __future__ import annotations

from dataclasses import dataclass, field

from gitops_breakglass.adapters.forge.github.place import Place
from gitops_breakglass.adapters.forge.github.pulls import Life, Pull, read_life, read_pull
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered
from gitops_breakglass.adapters.gitrepo import GitRepository

_MOST_COMMITS = 30
"""Commits of one rebase that are looked up one by one."""


@dataclass(frozen=True)
class Brought:
    """A pull request with the commits of the default branch that it landed as, oldest first."""

    pull: Pull
    life: Life
    landed: tuple[str, ...]


@dataclass
class Finder:
    """Looks up commits of one repository's default branch."""

    session: Session
    place: Place
    repository: GitRepository
    _named: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def brought(self, landing: str, tip: str) -> Brought:
        """Return the pull request that a commit landed with. Raises Unanswered where that is not exactly one.

        What GitHub names for a commit are only candidates: it also names stacked and backported ones, and those that are
        merged by no more than their commits having come along with something else.
        """
        found: list[Brought] = []
        for number in self._candidates(landing):
            pull = read_pull(self.session, self.place, number)
            if pull.merged_at is None or pull.goes_to != (self.place.id, self.place.branch):
                continue
            life = read_life(self.session, self.place, number)
            ends = {commit for commit, _ in life.merges}
            landed = self._range(pull, ends.pop(), landing, tip) if len(ends) == 1 else ()
            if landed:
                found.append(Brought(pull, life, landed))
        if len(found) == 1:
            return found[0]
        short = landing[:12]
        if found:
            names = ", ".join(each.pull.name for each in found)
            raise Unanswered(
                f"{names} were all merged by the commit {short}, so none of them is what was approved",
                "delete the file and ask again in a pull request of its own",
            )
        raise Unanswered(
            f"GitHub knows no pull request whose merge made the commit {short} of {self.place.branch}",
            "right after a merge it may not know yet: run again; if it was pushed past review, take it back and ask "
            "by a pull request",
        )

    def _candidates(self, commit: str) -> tuple[int, ...]:
        """Return the numbers of the merged pull requests that GitHub names for a commit; each commit is asked for once."""
        if commit not in self._named:
            path = f"{self.place.path}/commits/{commit}/pulls"
            named = self.session.pages(path, Need.PULLS)
            merged = [each.number("number") for each in named if each.moment_or_none("merged_at") is not None]
            self._named[commit] = tuple(merged)
        return self._named[commit]

    def _range(self, pull: Pull, end: str, landing: str, tip: str) -> tuple[str, ...]:
        """Return the commits that a merge which ended at `end` put on the default branch; empty if `landing` is none of them.

        A merge commit and a squashed one stand alone. A rebase puts a copy of each commit there, next to each other: those
        before `end` that GitHub names the same pull request for, and no more than the pull request has.
        """
        line = self.repository.line(tip)
        if end not in line:
            return ()
        if len(line[end].parents) != 1:
            return (end,) if landing == end else ()
        behind = [end]
        while len(behind) < min(pull.commits, _MOST_COMMITS + 1):
            before = line.get(next(iter(line[behind[-1]].parents), ""))
            if before is None or len(before.parents) != 1:
                break
            behind.append(before.id)
        if landing not in behind:
            return ()
        landed = [end]
        for commit in behind[1:]:
            if pull.number not in self._candidates(commit):
                break
            landed.append(commit)
        if len(landed) > _MOST_COMMITS:
            raise Unanswered(
                f"{pull.name} landed as more than {_MOST_COMMITS} commits",
                "squash the commits of a request when merging",
            )
        return tuple(reversed(landed)) if landing in landed else ()
