"""How a repository is set up at GitHub, as far as a token sees it."""

from datetime import timedelta

import pytest

from gitops_breakglass.model.unread import Unread

STRICT = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_last_push_approval": True,
    "require_code_owner_review": True,
    "required_review_thread_resolution": False,
    "allowed_merge_methods": ["squash"],
}


def test_a_repository_that_is_well_set_up(github):
    github.token = github.world.token(
        "app", metadata="read", contents="read", administration="read", actions="read", pull_requests="read"
    )
    github.world.protect("main", {"pull_request": STRICT})
    github.world.workflow_ran("reconcile.yml")
    settings = github.forge().settings()
    assert (settings.name, settings.default_branch) == ("acme/access", "main")
    assert (settings.protected, settings.reviews_required, settings.stale_approvals_dismissed) == (True, True, True)
    assert (settings.last_push_needs_approval, settings.owners_required) == (True, True)
    assert settings.bots_may_approve is False
    assert settings.merge_methods == ("squash",)
    assert settings.last_success == github.world.clock.now
    assert isinstance(settings.skew, timedelta)


def test_a_repository_that_nobody_has_set_up(github):
    github.token = github.world.token("app", metadata="read", contents="read", administration="read", actions="read")
    github.world.allow_actions_to_approve()
    settings = github.forge().settings()
    assert (settings.protected, settings.reviews_required, settings.stale_approvals_dismissed) == (False, False, False)
    assert (settings.last_push_needs_approval, settings.owners_required) == (False, False)
    assert settings.bots_may_approve is True
    assert isinstance(settings.merge_methods, Unread)


@pytest.mark.parametrize("methods", [{"merge", "squash", "rebase"}, {"squash"}])
def test_ways_to_merge_are_what_repository_and_rules_both_allow(github, methods):
    github.world.methods = methods
    github.token = github.world.token("classic", "root")
    github.world.protect("main", {"pull_request": {**STRICT, "allowed_merge_methods": ["merge", "squash"]}})
    assert set(github.forge().settings().merge_methods) == methods - {"rebase"}


def test_what_the_token_of_a_job_does_not_see_of_the_settings_is_said(github):
    github.token = github.world.token("actions", contents="read", pull_requests="read", metadata="read")
    settings = github.forge().settings()
    assert (settings.protected, settings.reviews_required) == (False, False)
    assert "Administration: read" in settings.bots_may_approve.hint
    assert "Actions: read" in settings.last_success.hint
