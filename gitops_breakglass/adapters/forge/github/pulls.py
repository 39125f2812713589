"""One pull request as GitHub has it now, and the events of its life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.adapters.forge.github.fields import Fields
from gitops_breakglass.adapters.forge.github.place import Place
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need
from gitops_breakglass.model.identity import Account

_RETARGETED = frozenset({"base_ref_changed", "automatic_base_change_succeeded"})


@dataclass(frozen=True)
class Pull:
    """What `GET /pulls/{number}` says, as far as it is used: never `merged`, `merged_by` or `merge_commit_sha`."""

    number: int
    author: Account | None
    opened_at: datetime
    merged_at: datetime | None
    closed_at: datetime | None
    head: str
    head_branch: str
    is_from_fork: bool
    """Whether its head is, or was, in another repository, whose pushes nobody here can look at."""
    goes_to: tuple[int, str]
    """The number of the repository and the branch that it is to be merged into."""
    commits: int
    title: str
    url: str

    @property
    def name(self) -> str:
        """What people call it."""
        return f"#{self.number}"


@dataclass(frozen=True)
class Life:
    """What happened to a pull request, by its events."""

    merges: tuple[tuple[str, Account | None], ...]
    """The commits that it was merged by, and who did it."""
    retargeted_at: datetime | None
    closed_by: Account | None
    forced: tuple[Account, ...]
    """Who pushed to its branch by force."""


def read_pull(session: Session, place: Place, number: int) -> Pull:
    """Ask for one pull request."""
    return pull_of(session.get(f"{place.path}/pulls/{number}", Need.PULLS))


def pull_of(data: Fields) -> Pull:
    """Return the pull request of an answer."""
    head, base = data.of("head"), data.of("base")
    source = head.of_or_none("repo")
    target = base.of("repo").number("id")
    return Pull(
        number=data.number("number"),
        author=data.account("user"),
        opened_at=data.moment("created_at"),
        merged_at=data.moment_or_none("merged_at"),
        closed_at=data.moment_or_none("closed_at"),
        head=head.text("sha"),
        head_branch=head.text("ref"),
        is_from_fork=source is None or source.number("id") != target,
        goes_to=(target, base.text("ref")),
        commits=data.number("commits"),
        title=data.text("title"),
        url=data.text("html_url"),
    )


def read_life(session: Session, place: Place, number: int) -> Life:
    """Ask for the events of one pull request."""
    events = session.pages(f"{place.path}/issues/{number}/events", Need.PULLS)
    kinds = [(each.text("event"), each) for each in events]
    closers = [each.account("actor") for kind, each in kinds if kind == "closed"]
    forced = [each.account("actor") for kind, each in kinds if kind == "head_ref_force_pushed"]
    return Life(
        merges=tuple((each.text("commit_id"), each.account("actor")) for kind, each in kinds if kind == "merged"),
        retargeted_at=max((each.moment("created_at") for kind, each in kinds if kind in _RETARGETED), default=None),
        closed_by=closers[-1] if closers else None,
        forced=tuple(dict.fromkeys(each for each in forced if each is not None)),
    )
