"""How a repository is set up at GitHub, each fact with what the token lacks where it can't be seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.forge.github.fields import Fields
from gitops_breakglass.adapters.forge.github.place import Place
from gitops_breakglass.adapters.forge.github.session import Session
from gitops_breakglass.adapters.forge.github.unanswered import Need, Unanswered
from gitops_breakglass.model.forge import Known, Settings
from gitops_breakglass.model.unread import Unread

RECONCILE = "reconcile.yml"
"""The workflow that `init` writes for the reconciling job."""

ENVIRONMENT = "breakglass"
"""The environment that `init` gives to that job."""

_T = TypeVar("_T")
_NOT_FOUND = 404
_HIDDEN_METHODS = Unread(
    "how pull requests may be merged is not shown to the token",
    "ask with a token that may write, or look at the settings",
)
_METHODS = {"merge": "allow_merge_commit", "squash": "allow_squash_merge", "rebase": "allow_rebase_merge"}


@dataclass(frozen=True)
class _Protection:
    """What rulesets and the older branch protection ask of the default branch; each may be hidden from the token."""

    rules: Mapping[str, Any] | Unread
    """The parameters of all rules about pull requests, the strictest of each; empty where there is no such rule."""
    classic: Mapping[str, Any] | Unread

    def asks(self, rule: str, classic: str, wanted: Callable[[Any], bool] = bool) -> Known:
        """Whether one of both asks for it; no only where both were seen."""
        found = [
            seen if isinstance(seen, Unread) else wanted(seen.get(name))
            for seen, name in ((self.rules, rule), (self.classic, classic))
        ]
        if True in found:
            return True
        return next((each for each in found if isinstance(each, Unread)), False)

    @property
    def is_there(self) -> Known:
        """Whether changes have to come by a pull request."""
        if (not isinstance(self.rules, Unread) and self.rules) or (
            not isinstance(self.classic, Unread) and self.classic
        ):
            return True
        return next((each for each in (self.rules, self.classic) if isinstance(each, Unread)), False)


def read_settings(session: Session, place: Place) -> Settings:
    """Ask for all of it."""
    repository = _or_unread(lambda: session.get(place.path, Need.METADATA))
    skew = _skew(session.date)
    protection = _Protection(_or_unread(lambda: _rules(session, place)), _or_unread(lambda: _classic(session, place)))
    return Settings(
        name=f"{place.owner}/{place.name}",
        default_branch=place.branch,
        protected=protection.is_there,
        reviews_required=protection.asks(
            "required_approving_review_count",
            "required_approving_review_count",
            lambda count: bool(count and count > 0),
        ),
        stale_approvals_dismissed=protection.asks("dismiss_stale_reviews_on_push", "dismiss_stale_reviews"),
        last_push_needs_approval=protection.asks("require_last_push_approval", "require_last_push_approval"),
        owners_required=protection.asks("require_code_owner_review", "require_code_owner_reviews"),
        bots_may_approve=_or_unread(lambda: _bots_may_approve(session, place)),
        merge_methods=_merge_methods(repository, protection.rules),
        skew=skew,
        last_success=_or_unread(lambda: _last_success(session, place)),
        environment_restricted=_or_unread(lambda: _is_restricted(session, place)),
    )


def _or_unread(read: Callable[[], _T]) -> _T | Unread:
    try:
        return read()
    except Unanswered as error:
        return error.as_unread()


def _rules(session: Session, place: Place) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    path = f"{place.path}/rules/branches/{place.branch}"
    for page in session.page_by_page(path, Need.METADATA):
        for rule in page:
            if rule.text("type") != "pull_request":
                continue
            for name, value in rule.of("parameters").data.items():
                if name == "allowed_merge_methods":
                    found[name] = [each for each in found.get(name, value) if each in value]
                elif isinstance(value, bool | int):
                    found[name] = max(found.get(name, value), value)
    return found


def _classic(session: Session, place: Place) -> Mapping[str, Any]:
    branch = session.get(f"{place.path}/branches/{place.branch}", Need.CONTENTS)
    if not branch.flag("protected"):
        return {}
    try:
        seen = session.get(f"{place.path}/branches/{place.branch}/protection", Need.ADMINISTRATION)
    except Unanswered as error:
        if error.status != 404:
            raise
        # A ruleset protects it, and there is no older protection beside it; or the token may not see that there is.
        raise Unanswered(
            f"whether {place.branch} has a branch protection beside rulesets can't be seen",
            f"give the token the permission {Need.ADMINISTRATION}",
            status=404,
        ) from None
    reviews = seen.data.get("required_pull_request_reviews")
    return reviews if isinstance(reviews, dict) else {}


def _bots_may_approve(session: Session, place: Place) -> bool:
    return session.get(f"{place.path}/actions/permissions/workflow", Need.ADMINISTRATION).flag(
        "can_approve_pull_request_reviews"
    )


def _merge_methods(repository: Fields | Unread, rules: Mapping[str, Any] | Unread) -> tuple[str, ...] | Unread:
    if isinstance(repository, Unread):
        return repository
    allowed = None if isinstance(rules, Unread) else rules.get("allowed_merge_methods")
    if any(name not in repository.data for name in _METHODS.values()):
        # Only who may write sees the repository's own; what a ruleset leaves is seen by everybody, and is no less than that.
        return tuple(allowed) if allowed else _HIDDEN_METHODS
    return tuple(
        method for method, name in _METHODS.items() if repository.flag(name) and (allowed is None or method in allowed)
    )


def _last_success(session: Session, place: Place) -> datetime | None:
    path = f"{place.path}/actions/workflows/{RECONCILE}/runs"
    runs = session.get(path, Need.ACTIONS, branch=place.branch, status="success", per_page=1).each("workflow_runs")
    return runs[0].moment("updated_at") if runs else None


def _is_restricted(session: Session, place: Place) -> bool:
    """Whether every branch that may deploy to the environment is protected, or is the default branch itself."""
    path = f"{place.path}/environments/{ENVIRONMENT}"
    try:
        policy = session.get(path, Need.ACTIONS).data.get("deployment_branch_policy")
    except Unanswered as error:
        if error.status != _NOT_FOUND:
            raise
        # Then the job has no secrets but those of the repository, which are every branch's.
        return False
    if not isinstance(policy, dict):
        return False
    if policy.get("protected_branches"):
        return True
    listed = session.get(f"{path}/deployment-branch-policies", Need.ACTIONS, per_page=100)
    names = {each.text("name") for each in listed.each("branch_policies")}
    return names == {place.branch} and listed.number("total_count") == len(names)


def _skew(date: str) -> timedelta | Unread:
    try:
        return parsedate_to_datetime(date) - SystemClock().now()
    except (ValueError, TypeError):
        return Unread("GitHub's answer has no time", "see what lies between here and GitHub")
