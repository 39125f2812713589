"""Groups of identities.yaml that are groups of GitLab: who is in them by which role, and what a token may see of them."""

import pytest

from gitops_breakglass.model.decision import Granted, Unknown
from tests.e2e.forges.attacks import WHAT, asks_and_gets, names
from tests.forges.gitlab_stage import GitlabStage

GUEST, REPORTER, DEVELOPER, MAINTAINER = 10, 20, 30, 40


@pytest.fixture
def stage(tmp_path):
    """The approvers are a group of GitLab, with ben in it."""
    with GitlabStage(tmp_path) as made:
        made.leads = made.world.group("leads")
        made.world.add_member(made.leads, "ben", DEVELOPER)
        approved_by(made)
        yield made


def approved_by(stage, least="", branch="policy/leads"):
    """Bring into force that this group approves, from a role up; the token's account is a guest there."""
    stage.world.add_member(stage.leads, stage.world.bot_of(stage.token), GUEST)
    more = f", minAccess: {least}" if least else ""
    stage.groups["team-leads"] = f"gitlab: {{group: {stage.leads.id}{more}}}"
    stage.in_force({"identities.yaml": stage.identities()}, branch=branch)
    stage.reconcile()


def decided(stage, approver="ben"):
    stage.alice.requests(WHAT)
    getattr(stage, approver).approves(WHAT)
    stage.dana.merges(WHAT)
    return stage.decision(stage.reconcile(), WHAT)


def test_members_of_the_group_approve(stage):
    assert isinstance(decided(stage), Granted)


@pytest.mark.parametrize(
    ("least", "level", "counts"),
    [
        ("", REPORTER, False),
        ("", DEVELOPER, True),
        ("reporter", REPORTER, True),
        ("maintainer", DEVELOPER, False),
        ("maintainer", MAINTAINER, True),
    ],
)
def test_the_role_has_to_be_as_high_as_is_asked_for(stage, least, level, counts):
    if least:
        approved_by(stage, least, branch="policy/least")
    stage.world.add_member(stage.leads, "erin", level)
    decision = decided(stage, "erin")
    assert isinstance(decision, Granted) is counts
    if not counts:
        assert stage.rules(decision) == ["ApprovalRequired", "not-an-approver"]


def test_members_of_the_group_above_and_of_an_invited_one_are_in_it(tmp_path):
    with GitlabStage(tmp_path) as stage:
        above = stage.world.group("company")
        stage.leads = stage.world.group("leads", parent=above)
        friends = stage.world.group("friends")
        stage.world.add_member(above, "ben", DEVELOPER)
        stage.world.add_member(friends, "erin", DEVELOPER)
        stage.world.invite_group(stage.leads, friends, DEVELOPER)
        approved_by(stage)
        assert isinstance(decided(stage, "erin"), Granted)
        stage.erin.requests("prod/inc-2", reason="INC-2")
        stage.ben.approves("prod/inc-2")
        stage.dana.merges("prod/inc-2")
        assert isinstance(stage.decision(stage.reconcile(), "prod/inc-2"), Granted)


def test_a_group_that_was_made_again_under_its_path_is_another_group(stage):
    stage.world.delete_group(stage.leads)
    again = stage.world.group("leads")
    for who, level in (("ben", DEVELOPER), (stage.world.bot_of(stage.token), GUEST)):
        stage.world.add_member(again, who, level)
    asks_and_gets(stage)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Unknown)
    assert (stage.rules(decision), stage.live()) == (["membership-unknown"], [])


def test_a_group_that_the_token_can_t_see_is_not_known_until_it_can(stage):
    stage.token = stage.usual_token()
    asks_and_gets(stage)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Unknown)
    assert (stage.rules(decision), stage.live()) == (["membership-unknown"], [])
    stage.world.add_member(stage.leads, stage.world.bot_of(stage.token), GUEST)
    stage.reconcile()
    assert names(stage) == {"inc-1"}
