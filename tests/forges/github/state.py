"""What the fake GitHub remembers: accounts, teams, pull requests, reviews, comments, events, pushes."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.forges.bare import Bare, Name

WEB_FLOW = 19864447
ACTIONS_BOT = 41898282
QUEUE_BOT = 118344674
FORGE = Name("GitHub", "noreply@github.com")


@dataclass
class Account:
    """`type` is User, Bot or Organization; `permission` is what it may do with the repository."""

    id: int
    login: str
    type: str
    permission: str
    email: str
    gone: bool = False

    @property
    def name(self):
        """Whom its commits are by, unless it says otherwise."""
        return Name(self.login, self.email)

    @property
    def noreply(self):
        return Name(self.login, f"{self.id}+{self.login}@users.noreply.github.com")


@dataclass
class Team:
    """`members` and `invited` are ids of accounts; those of teams below count as members too."""

    id: int
    slug: str
    name: str
    privacy: str
    parent: int | None = None
    members: dict[int, str] = field(default_factory=dict)
    invited: set[int] = field(default_factory=set)


@dataclass
class Repository:
    id: int
    owner: Account
    name: str
    bare: Bare
    fork: bool = False

    @property
    def full_name(self):
        return f"{self.owner.login}/{self.name}"


@dataclass
class Review:
    """`commit` is the pull request's head when the review was submitted; None when git no longer has it."""

    id: int
    user: int | None
    state: str
    body: str
    commit: str | None
    at: datetime
    by_email: bool = False
    edited_by: int | None = None
    edited_at: datetime | None = None

    @property
    def submitted(self):
        return None if self.state == "PENDING" else self.at


@dataclass
class Comment:
    id: int
    user: int | None
    body: str
    created: datetime
    updated: datetime
    number: int


@dataclass(frozen=True)
class Event:
    """`kind` as the API calls it: merged, closed, base_ref_changed, …; `more` are the fields that only this kind has."""

    id: int
    kind: str
    actor: int | None
    at: datetime
    commit: str | None = None
    more: dict = field(default_factory=dict)


@dataclass
class Pull:
    """`base_sha` is where the base branch was when the head last moved; `start` and `commits` are frozen by the end."""

    id: int
    number: int
    user: int | None
    title: str
    body: str
    repository: Repository | None
    head_owner: int | None
    head_ref: str
    head: str
    base: str
    base_sha: str
    created: datetime
    updated: datetime
    draft: bool = False
    closed: datetime | None = None
    merged: datetime | None = None
    merged_by: int | None = None
    merge_commit: str | None = None
    landed: tuple[str, ...] = ()
    start: str | None = None
    edited_by: int | None = None
    edited_at: datetime | None = None
    reviews: list[Review] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def open(self):
        return self.closed is None

    def seen_by(self, account):
        """A review that is not submitted yet is only seen by who writes it."""
        return [each for each in self.reviews if each.state != "PENDING" or (account and each.user == account.id)]


@dataclass(frozen=True)
class Activity:
    """A move of a branch of the repository, as `GET /activity` tells it."""

    id: int
    kind: str
    ref: str
    before: str | None
    after: str | None
    actor: int
    at: datetime


@dataclass(frozen=True)
class Suite:
    """What the rules said when a protected branch moved: `result` is pass, fail or bypass."""

    id: int
    result: str
    ref: str
    before: str
    after: str
    actor: int
    at: datetime


@dataclass
class CheckRun:
    id: int
    told: dict
    at: datetime


@dataclass(frozen=True)
class WorkflowRun:
    id: int
    file: str
    branch: str
    head: str
    event: str
    conclusion: str
    at: datetime


class Ids:
    """Numbers that are the same in every run: each kind of thing counts from a thousand of its own."""

    def __init__(self):
        self.next = {}

    def new(self, kind):
        first = 1_000_000 * (len(self.next) + 1) + 1
        self.next[kind] = self.next.get(kind, first - 1) + 1
        return self.next[kind]


def without_account(value, gone):
    """The same review, comment or event after its author's account was deleted."""
    name = "actor" if hasattr(value, "actor") else "user"
    return replace(value, **{name: None}) if getattr(value, name) == gone else value
