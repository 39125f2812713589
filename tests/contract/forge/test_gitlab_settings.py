"""How a project is set up at GitLab, told as far as a token may see it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gitops_breakglass.adapters.clock import SimulatedClock
from gitops_breakglass.adapters.forge.gitlab.settings import GitlabSettings
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.forge import Settings
from gitops_breakglass.model.unread import Unread
from tests.forges import faults
from tests.forges.gitlab_stage import GitlabStage

MAINTAINER = 40


@pytest.fixture(params=["free", "premium"])
def stage(request, tmp_path):
    with GitlabStage(tmp_path, tier=request.param) as stage:
        stage.token = stage.world.token("project", role=MAINTAINER, scopes=("read_api",))
        yield stage


@pytest.fixture
def premium(tmp_path):
    with GitlabStage(tmp_path, tier="premium") as stage:
        stage.token = stage.world.token("project", role=MAINTAINER, scopes=("read_api",))
        yield stage


def told(stage):
    clock = SimulatedClock(stage.world.now)
    return GitlabSettings(stage.forge().session, "main", clock).settings()


def test_everything_that_a_maintainers_token_sees_is_told(premium):
    premium.world.protect("main", push_level=0, code_owner_approval_required=True)
    premium.world.approval_rule("leads", 1, users=["ben"])
    premium.world.set_project(
        reset_approvals_on_push=True,
        merge_requests_disable_committers_approval=True,
        merge_method="ff",
        squash_option="never",
        ci_pipeline_variables_minimum_override_role="no_one_allowed",
    )
    premium.world.run_pipeline(status="failed")
    premium.world.run_pipeline()
    ended = premium.world.now
    premium.world.run_pipeline(source="push")
    assert told(premium) == Settings(
        name="acme/access",
        default_branch="main",
        protected=True,
        reviews_required=True,
        stale_approvals_dismissed=True,
        last_push_needs_approval=True,
        owners_required=True,
        bots_may_approve=False,
        merge_methods=("rebase",),
        skew=timedelta(),
        last_success=ended,
        pipeline_variables_restricted=True,
    )


def test_what_is_weak_is_told_as_a_no(premium):
    premium.world.set_project(reset_approvals_on_push=False, squash_option="always")
    found = told(premium)
    assert (found.protected, found.reviews_required, found.stale_approvals_dismissed) == (False, False, False)
    assert (found.last_push_needs_approval, found.owners_required, found.merge_methods) == (False, False, ("squash",))
    assert found.last_success is None


@pytest.mark.parametrize(
    ("is_on", "role", "is_restricted"),
    [(True, "maintainer", True), (True, "owner", True), (True, "developer", False), (False, "maintainer", False)],
)
def test_variables_of_pipelines_are_restricted_where_only_maintainers_give_them(stage, is_on, role, is_restricted):
    stage.world.set_project(restrict_user_defined_variables=is_on, ci_pipeline_variables_minimum_override_role=role)
    assert told(stage).pipeline_variables_restricted is is_restricted


def test_a_gitlab_that_does_not_say_who_may_give_variables_leaves_it_unknown(stage):
    name = "ci_pipeline_variables_minimum_override_role"
    stage.world.faults.add(
        "GET /api/v4/projects/300", faults.edited(lambda value: {key: value[key] for key in value if key != name})
    )
    assert isinstance(told(stage).pipeline_variables_restricted, Unread)


@pytest.mark.parametrize(("protection", "is_protected"), [({"push_level": 0}, True), ({}, False),
                         ({"push_level": 0, "allow_force_push": True}, False)])  # fmt: skip
def test_a_branch_is_protected_where_nobody_may_push_to_it(stage, protection, is_protected):
    stage.world.protect("main", **protection)
    assert told(stage).protected is is_protected


def test_a_branch_without_any_protection_has_none(stage):
    stage.world.unprotect("main")
    assert told(stage).protected is False


def test_what_the_free_tier_does_not_have_is_said_to_be_premium(tmp_path):
    with GitlabStage(tmp_path, tier="free") as stage:
        stage.token = stage.world.token("project", role=MAINTAINER, scopes=("read_api",))
        found = told(stage)
        for each in (found.reviews_required, found.stale_approvals_dismissed, found.last_push_needs_approval):
            assert isinstance(each, Unread)
            assert "GitLab Premium" in each.message


def test_what_a_token_may_not_see_is_not_known_and_says_what_it_lacks(stage):
    stage.token = stage.usual_token()
    protected = told(stage).protected
    assert isinstance(protected, Unread)
    assert "Maintainer" in protected.hint


def test_a_method_that_is_new_to_us_is_not_known(stage):
    stage.world.faults.add(
        "GET /api/v4/projects/300", faults.edited(lambda value: {**value, "merge_method": "rebase_and_squash"})
    )
    assert isinstance(told(stage).merge_methods, Unread)


def test_how_far_the_clocks_are_apart_is_told(stage):
    stage.world.faults.add("GET *", faults.skewed(timedelta(minutes=7)), times=None)
    assert told(stage).skew == timedelta(minutes=7)


def test_without_the_project_there_is_nothing_to_tell(stage):
    stage.outage()
    with pytest.raises(UnreachableError):
        stage.forge().settings()


def test_a_job_s_token_sees_no_settings(stage):
    stage.token = stage.world.token("job", user="ben")
    with pytest.raises(UnreachableError, match="CI_JOB_TOKEN"):
        told(stage)


def test_the_settings_of_the_forge_are_these(premium):
    assert replace(premium.forge().settings(), skew=timedelta()) == told(premium)
