"""A6 to A10, A23, A35 and A36: who took part can't approve, and who approves is known by number, now."""

import pytest

from gitops_breakglass.model.decision import Granted, Unknown
from tests.e2e.forges.attacks import WHAT, asks_and_gets, code, names, refused
from tests.e2e.forges.test_gitlab_reviews import SELF_SERVICE
from tests.forges.bare import Name
from tests.git.world import branch_of, path_of, session

PATH = path_of(WHAT)


def test_a06_somebody_who_pushed_to_it_does_not_approve_it(stage):
    stage.alice.requests(WHAT)
    stage.ben.commits({PATH: session("inc-1", duration="2h")}, on=branch_of(WHAT))
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    assert refused(stage) == ["ApprovalRequired", "self-approval"]


def test_a06_nor_under_the_name_of_another(stage):
    stage.alice.requests(WHAT)
    stage.ben.commits(
        {PATH: session("inc-1", duration="2h")}, on=branch_of(WHAT), author=Name("alice", "alice@example.com")
    )
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    assert refused(stage) == ["ApprovalRequired", "self-approval"]


def test_a06_nor_after_a_push_by_force_that_hides_theirs(github):
    first = github.alice.requests(WHAT)
    github.ben.commits({PATH: session("inc-1", duration="2h")}, on=branch_of(WHAT))
    github.world.push("ben", branch_of(WHAT), commit=first, force=True)
    github.ben.approves(WHAT)
    github.ben.merges(WHAT)
    assert refused(github) == ["ApprovalRequired", "self-approval"]


def test_a06_what_is_pushed_to_the_branch_after_the_merge_takes_nothing_away(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.dana.merges(WHAT)
    stage.ben.commits({"notes.txt": "x\n"}, on=branch_of(WHAT))
    assert isinstance(stage.decision(stage.reconcile(), WHAT), Granted)


def test_a06_who_merges_their_own_approves_nothing_that_somebody_else_pushed(forge, tmp_path):
    with forge(tmp_path, policies=SELF_SERVICE) as stage:
        if stage.provider == "gitlab":
            stage.world.add_member(None, "alice", 40)
        stage.alice.requests(WHAT)
        stage.mallory.commits({path_of(WHAT): session("inc-1", duration="2h")}, on=branch_of(WHAT))
        stage.alice.merges(WHAT)
        stage.alice.requests("prod/own", reason="INC-2")
        stage.alice.merges("prod/own")
        report = stage.reconcile()
        assert "ApprovalRequired" in stage.rules(stage.decision(report, WHAT))
        assert names(stage) == {"own"}


def test_a07_a_second_account_of_the_same_person(stage):
    stage.newcomer("alice-two")
    stage.groups["team-leads"] = ["ben", "alice"]
    stage.in_force({"identities.yaml": stage.identities(more={"alice": ["alice", "alice-two"]})})
    stage.alice.requests(WHAT)
    getattr(stage, "alice-two").approves(WHAT)
    stage.dana.merges(WHAT)
    assert refused(stage) == ["ApprovalRequired", "self-approval"]


def test_a07_an_account_that_two_people_have_is_nobodys(stage):
    stage.in_force({"identities.yaml": stage.identities(more={"carol": ["ben"]})})
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    report = stage.reconcile()
    assert not isinstance(stage.decision(report, WHAT), Granted)
    assert stage.live() == []


def test_a08_a_job_of_ci_approves_nothing(github):
    github.world.allow_actions_to_approve()
    github.alice.requests(WHAT)
    github.world.review("github-actions[bot]", github.changes[WHAT], "APPROVED", "looks fine to me")
    github.ben.merges(WHAT)
    assert refused(github) == ["ApprovalRequired", "unknown-approver"]


def test_a08_not_even_as_one_of_the_approvers(github):
    github.world.allow_actions_to_approve()
    github.groups["team-leads"] = ["ben", "robot"]
    github.in_force({"identities.yaml": github.identities(more={"robot": ["github-actions[bot]"]})})
    github.alice.requests(WHAT)
    github.world.review("github-actions[bot]", github.changes[WHAT], "APPROVED", "looks fine to me")
    github.ben.merges(WHAT)
    assert refused(github) == ["ApprovalRequired", "bot-approval"]


@pytest.fixture
def team(github):
    """The approvers are a team of the organisation, with ben in it."""
    github.world.team("leads")
    github.world.add_member("leads", "ben")
    number = github.world.team_of("leads").id
    github.groups["team-leads"] = f"github: {{organization: {github.world.organisation.id}, team: {number}}}"
    github.in_force({"identities.yaml": github.identities()})
    github.reconcile()
    return github


def test_a09_who_is_in_the_team_approves(team):
    team.granted(WHAT)


def test_a09_who_left_the_team_before_the_decision_does_not(team):
    asks_and_gets(team)
    team.world.remove_member("leads", "ben")
    report = team.reconcile()
    assert team.rules(team.decision(report, WHAT)) == ["ApprovalRequired", "not-an-approver"]
    assert team.live() == []


def test_a09_who_leaves_it_afterwards_changes_nothing(team):
    team.granted(WHAT)
    team.world.remove_member("leads", "ben")
    team.reconcile()
    assert names(team) == {"inc-1"}


def test_a10_who_came_into_the_team_after_approving_counts_only_in_time(team):
    team.alice.requests(WHAT)
    team.erin.approves(WHAT)
    team.ben.merges(WHAT)
    team.world.add_member("leads", "erin")
    team.passes(hours=25)
    report = team.reconcile()
    assert team.rules(team.decision(report, WHAT)) == ["decision-too-late"]


def test_a10_who_was_only_invited_is_not_in_it(team):
    team.world.invite("leads", "erin")
    team.alice.requests(WHAT)
    team.erin.approves(WHAT)
    team.ben.merges(WHAT)
    report = team.reconcile()
    assert team.rules(team.decision(report, WHAT)) == ["ApprovalRequired", "not-an-approver"]


def test_a23_a_co_author_who_was_made_up_costs_an_approver_and_says_so(stage):
    stage.alice.requests(WHAT, message="Ask\n\nCo-authored-by: Ben <ben@example.com>")
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    assert refused(stage) == ["ApprovalRequired", "self-approval"]


def test_a35_a_login_that_changed_hands_is_another_account(github):
    github.alice.requests(WHAT)
    github.world.rename_account("ben", "benedict")
    github.world.recycle_login("ben")
    github.approve("ben", github.changes[WHAT], "go ahead")
    github.erin.merges(WHAT)
    report = github.reconcile()
    assert github.rules(github.decision(report, WHAT)) == ["ApprovalRequired", "recycled-login"]
    assert github.live() == []


def test_a35_a_login_that_changed_is_the_same_account(github):
    github.alice.requests(WHAT)
    github.world.rename_account("ben", "benedict")
    github.approve("benedict", github.changes[WHAT], "go ahead")
    github.merge("benedict", github.changes[WHAT], "merge")
    assert isinstance(github.decision(github.reconcile(), WHAT), Granted)


def test_a35_a_team_that_was_made_again_is_another_team(team):
    team.world.delete_team("leads")
    team.world.team("leads")
    team.world.add_member("leads", "ben")
    asks_and_gets(team)
    decision = team.decision(report := team.reconcile(), WHAT)
    assert isinstance(decision, Unknown)
    assert (team.rules(decision), code(report), team.live()) == (["membership-unknown"], 7, [])


@pytest.mark.parametrize("kind", ["actions", "app"])
def test_a36_a_token_that_can_t_see_the_team_knows_nothing_of_its_members(team, kind):
    asks_and_gets(team)
    team.token = team.world.token(kind, contents="read", pull_requests="read", metadata="read")
    decision = team.decision(report := team.reconcile(), WHAT)
    assert isinstance(decision, Unknown)
    assert (team.rules(decision), code(report), team.live()) == (["membership-unknown"], 7, [])
    assert "Members: read" in (decision.reasons[0].hint or "")
    team.token = team.usual_token()
    team.reconcile()
    assert names(team) == {"inc-1"}
