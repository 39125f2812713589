"""What the fake GitLab remembers: people, groups, merge requests, notes, tokens; everything else is derived."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from tests.forges import bare

GUEST, REPORTER, DEVELOPER, MAINTAINER, OWNER = 10, 20, 30, 40, 50
LEVELS = {0: "No one", DEVELOPER: "Developers + Maintainers", MAINTAINER: "Maintainers"}
"""Access levels as a protected branch words them."""

GHOST = "ghost"


class Refused(bare.Refused):
    """What GitLab would not do, with the status and the body it answers."""

    def __init__(self, status, message, body=None):
        """`body` is the JSON that is answered, where it is not `{"message": message}`."""
        super().__init__(str(message), status)
        self.body = body if body is not None else {"message": message}


def not_found(what: str = "") -> Refused:
    return Refused(404, f"404 {what} Not Found" if what else "404 Not found")


def forbidden() -> Refused:
    return Refused(403, "403 Forbidden")


def unauthorized() -> Refused:
    return Refused(401, "401 Unauthorized")


@dataclass(eq=False)
class User:
    """An account. `kind` is human, project_bot, group_bot or ghost."""

    id: int
    username: str
    name: str
    email: str
    created_at: datetime
    kind: str = "human"
    state: str = "active"

    @property
    def bot(self) -> bool:
        return self.kind in {"project_bot", "group_bot"}


@dataclass(eq=False)
class Member:
    user: User
    access_level: int
    created_at: datetime
    expires_at: date | None = None


@dataclass(eq=False)
class Invitation:
    """A group that was invited into a group or project; nobody gets more than `access_level` by it."""

    group: Group
    access_level: int
    expires_at: date | None = None


@dataclass(eq=False)
class Source:
    """What has members: a group or a project."""

    id: int
    path: str
    created_at: datetime
    parent: Group | None = None
    members: dict[int, Member] = field(default_factory=dict)
    invited: list[Invitation] = field(default_factory=list)
    visibility: str = "private"

    @property
    def full_path(self) -> str:
        return f"{self.parent.full_path}/{self.path}" if self.parent else self.path


@dataclass(eq=False)
class Group(Source):
    """A group. `personal` is the namespace of a user, which the API of groups does not know."""

    personal: bool = False


@dataclass(eq=False)
class Rule:
    """An approval rule of a Premium project, or of one merge request."""

    id: int
    name: str
    approvals_required: int
    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()

    @property
    def any_approver(self) -> bool:
        return not self.users and not self.groups


@dataclass(eq=False)
class Protection:
    id: int
    name: str
    push_level: int = MAINTAINER
    merge_level: int = MAINTAINER
    allow_force_push: bool = False
    code_owner_approval_required: bool = False


@dataclass(eq=False)
class Pipeline:
    id: int
    sha: str
    ref: str
    status: str
    source: str
    created_at: datetime
    updated_at: datetime


@dataclass(eq=False)
class Push:
    """One push to one branch; `before` or `after` is None where the branch was new or went."""

    id: int
    project: Project
    user: User
    branch: str
    before: str | None
    after: str | None
    at: datetime


@dataclass(eq=False)
class Version:
    """One state of a merge request's diff. `patch_id_sha` is None until GitLab has computed it."""

    id: int
    head: str
    base: str
    start: str
    created_at: datetime
    patch_id_sha: str | None
    cleaned: bool = False
    """Its files are gone, as those of older versions are after the merge."""


@dataclass(eq=False)
class Approval:
    user: User
    approved_at: datetime


@dataclass(eq=False)
class Note:
    id: int
    author: User
    body: str
    created_at: datetime
    updated_at: datetime
    system: bool = False


@dataclass(eq=False)
class StateEvent:
    id: int
    user: User | None
    state: str
    created_at: datetime


@dataclass(eq=False)
class MergeRequest:
    """A merge request. No field of it is for tests to set: verbs of the world do."""

    id: int
    iid: int
    author: User
    title: str
    description: str
    source: Project
    source_branch: str
    target_branch: str
    created_at: datetime
    updated_at: datetime
    state: str = "opened"
    versions: list[Version] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    events: list[StateEvent] = field(default_factory=list)
    rules: list[Rule] | None = None
    """Its own approval rules, where somebody overrode the project's."""
    merged_at: datetime | None = None
    merge_user: User | None = None
    merge_commit_sha: str | None = None
    squash_commit_sha: str | None = None
    merged_commit_sha: str | None = None
    """What the default branch was moved to; GitLab finds merge requests by it and shows it nowhere."""
    closed_at: datetime | None = None
    closed_by: User | None = None
    busy: str = ""
    """`checking` or `approvals_syncing` while GitLab's workers have not caught up."""

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    @property
    def draft(self) -> bool:
        return self.title.startswith(("Draft:", "[Draft]", "(Draft)"))


@dataclass(eq=False)
class Project(Source):
    """A project and its settings; `git` is its bare repository."""

    git: object = None
    default_branch: str = "main"
    merge_method: str = "merge"
    protected: dict[str, Protection] = field(default_factory=dict)
    merge_requests: dict[int, MergeRequest] = field(default_factory=dict)
    pipelines: list[Pipeline] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    forked_from: Project | None = None
    reset_approvals_on_push: bool = True
    selective_code_owner_removals: bool = False
    disable_overriding_approvers_per_merge_request: bool = False
    merge_requests_author_approval: bool = False
    merge_requests_disable_committers_approval: bool = False
    require_password_to_approve: bool = False
    only_allow_merge_if_pipeline_succeeds: bool = False
    only_allow_merge_if_all_discussions_are_resolved: bool = False
    squash_option: str = "default_off"
    ci_default_git_depth: int = 20
    restrict_user_defined_variables: bool = True
    ci_pipeline_variables_minimum_override_role: str = "developer"
    push_rules: dict[str, bool] | None = None


@dataclass(eq=False)
class Token:
    """`kind` is personal, project, group or job; the value itself is known to the world alone."""

    id: int
    kind: str
    user: User
    scopes: tuple[str, ...]
    created_at: datetime
    name: str
    source: Source | None = None
    """Where a project's or group's token, or the job's, belongs."""
    revoked: bool = False
    expires_at: date | None = None
