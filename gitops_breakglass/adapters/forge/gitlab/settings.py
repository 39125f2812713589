"""How a project is set up at GitLab, as far as the token may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.forge.gitlab.fields import Fields
from gitops_breakglass.adapters.forge.gitlab.problems import (
    APPROVAL_SETTINGS,
    BRANCH,
    PIPELINES,
    PROJECT,
    PROTECTION,
    NotRead,
    malformed,
)
from gitops_breakglass.adapters.forge.gitlab.session import Session
from gitops_breakglass.model.forge import Known, Settings
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import Clock

T = TypeVar("T")

_NOT_FOUND = 404
_NOBODY = 0
"""GitLab's access level that nobody has."""
_OVERRIDE = "ci_pipeline_variables_minimum_override_role"
_MAINTAINING = frozenset({"no_one_allowed", "owner", "maintainer"})
"""Who may set the project's variables anyway, or fewer."""
_METHODS = {"merge": "merge", "rebase_merge": "merge", "ff": "rebase"}
"""By GitLab's merge method: a merge commit, with or without a rebase before it, or the branch's own commits."""


@dataclass(frozen=True)
class GitlabSettings:
    """Implements `ports.ForgeSettings` for one project of a GitLab."""

    session: Session
    branch: str
    clock: Clock = field(default_factory=SystemClock)

    def settings(self) -> Settings:
        """Return what the token may see. Raises UnreachableError where not even the project is shown to it."""
        try:
            project = self.session.get(PROJECT, self.session.project)
            name = project.text("path_with_namespace")
            default_branch = project.maybe_text("default_branch") or ""
        except NotRead as problem:
            raise problem.as_unreachable() from None
        approvals = _known(self._approvals)
        return Settings(
            name=name,
            default_branch=default_branch,
            protected=_known(self._is_protected),
            reviews_required=_known(self._reviews_required),
            stale_approvals_dismissed=_told(approvals, lambda found: found.flag("reset_approvals_on_push")),
            last_push_needs_approval=_told(
                approvals, lambda found: found.flag("merge_requests_disable_committers_approval")
            ),
            owners_required=_known(self._owners_required),
            bots_may_approve=False,
            merge_methods=_known(lambda: _methods(project)),
            skew=self._skew(),
            last_success=_known(self._last_success),
            pipeline_variables_restricted=_known(lambda: _restricts_variables(project)),
        )

    def _protection(self) -> Fields:
        path = f"{self.session.project}/protected_branches/{quote(self.branch, safe='')}"
        return self.session.get(PROTECTION, path)

    def _is_protected(self) -> bool:
        """Whether nobody pushes past a merge request; a branch without protection of its own may have one by a pattern."""
        branch = self.session.get(BRANCH, f"{self.session.project}/repository/branches/{quote(self.branch, safe='')}")
        if not branch.flag("protected"):
            return False
        protection = self._protection()
        if protection.flag("allow_force_push"):
            return False
        levels = protection.objects("push_access_levels")
        # One that names a user, a group or a key has a level too, and lets somebody push.
        return all(each.maybe_number("access_level") == _NOBODY for each in levels)

    def _owners_required(self) -> bool:
        protection = self._protection()
        if not protection.has("code_owner_approval_required"):
            raise _premium()
        return protection.flag("code_owner_approval_required")

    def _approvals(self) -> Fields:
        try:
            return self.session.get(APPROVAL_SETTINGS, f"{self.session.project}/approvals")
        except NotRead as problem:
            if problem.status == _NOT_FOUND:
                raise _premium() from None
            raise

    def _reviews_required(self) -> bool:
        try:
            rules = self.session.list(APPROVAL_SETTINGS, f"{self.session.project}/approval_rules")
        except NotRead as problem:
            if problem.status == _NOT_FOUND:
                raise _premium() from None
            raise
        return any(each.number("approvals_required") > 0 for each in rules)

    def _skew(self) -> timedelta | Unread:
        told = self.session.date
        if told is None:
            return Unread("GitLab's answers have no time", "see what lies between here and GitLab")
        return told - self.clock.now()

    def _last_success(self) -> datetime | None:
        """Return when a scheduled pipeline of the default branch last ended well."""
        ended = self.session.list(
            PIPELINES,
            f"{self.session.project}/pipelines",
            most=1,
            ref=self.branch,
            status="success",
            source="schedule",
            order_by="updated_at",
            sort="desc",
        )
        return ended[0].time("updated_at") if ended else None


def _methods(project: Fields) -> tuple[str, ...]:
    """Return the ways in which a merge request may land."""
    plain = _METHODS.get(project.text("merge_method"))
    if plain is None:
        raise malformed(PROJECT.what, "merge_method is none that this version knows")
    match project.text("squash_option"):
        case "never":
            return (plain,)
        case "always":
            return ("squash",)
        case _:
            return (plain, "squash")


def _restricts_variables(project: Fields) -> bool:
    """Whether nobody below a maintainer may run a pipeline with variables of their own."""
    if not project.has(_OVERRIDE):
        raise NotRead(
            "GitLab does not say who may run pipelines with variables of their own",
            "ask with a token of role Maintainer, or look under Settings, CI/CD, Variables",
        )
    # The older switch; where it is off, GitLab does not look at the role.
    is_on = not project.has("restrict_user_defined_variables") or project.flag("restrict_user_defined_variables")
    return is_on and project.text(_OVERRIDE) in _MAINTAINING


def _premium() -> NotRead:
    return NotRead(
        "this project has no such setting: it is one of GitLab Premium",
        "nothing is lost by that: who approved is worked out from the approvals themselves",
    )


def _known(ask: Callable[[], T]) -> T | Unread:
    try:
        return ask()
    except NotRead as problem:
        return problem.unread


def _told(found: Fields | Unread, read: Callable[[Fields], bool]) -> Known:
    return found if isinstance(found, Unread) else _known(lambda: read(found))
