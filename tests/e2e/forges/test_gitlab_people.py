"""A6, A8 to A10, A34 to A36 and A43 on GitLab: who pushed, who is in a group, and who somebody is."""

import pytest

from gitops_breakglass.model.decision import Granted, Unknown
from tests.e2e.forges.attacks import WHAT, asks_and_gets, code, names, refused
from tests.forges import faults
from tests.forges.bare import Name
from tests.git.world import branch_of, path_of, session

PATH, BRANCH = path_of(WHAT), branch_of(WHAT)
LONGER = {PATH: session("inc-1", duration="2h")}
ALICE = Name("Alice", "alice@example.com")


def test_a06_somebody_who_pushed_under_the_name_of_another_is_in_the_log(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.commits(LONGER, on=BRANCH, author=ALICE, committer=ALICE)
    gitlab.ben.approves(WHAT)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "self-approval"]


def test_a06_nor_after_a_push_by_force_that_hides_theirs(gitlab):
    first = gitlab.alice.requests(WHAT)
    gitlab.ben.commits(LONGER, on=BRANCH, author=ALICE, committer=ALICE)
    gitlab.world.push_commit("ben", BRANCH, first, force=True)
    gitlab.ben.approves(WHAT)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "self-approval"]


def test_a08_the_bot_of_an_access_token_approves_nothing(gitlab):
    robot = gitlab.world.bot_of(gitlab.world.token("project", scopes=("api",)))
    gitlab.groups["team-leads"] = ["ben", "robot"]
    gitlab.in_force({"identities.yaml": gitlab.identities(more={"robot": [robot.username]})})
    gitlab.alice.requests(WHAT)
    gitlab.world.approve(robot, gitlab.changes[WHAT])
    gitlab.ben.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "bot-approval"]


@pytest.fixture
def team(gitlab):
    """The approvers are a group of GitLab with ben in it."""
    leads = gitlab.world.group("leads", 210)
    gitlab.world.add_member(leads, "ben")
    gitlab.world.add_member(leads, gitlab.world.bot_of(gitlab.token), 10)
    gitlab.groups["team-leads"] = "gitlab: {group: 210}"
    gitlab.in_force({"identities.yaml": gitlab.identities()})
    gitlab.reconcile()
    return gitlab


def test_a09_who_is_in_the_group_approves(team):
    team.granted(WHAT)


def test_a09_who_left_the_group_before_the_decision_does_not(team):
    asks_and_gets(team)
    team.world.remove_member("leads", "ben")
    assert team.rules(team.decision(team.reconcile(), WHAT)) == ["ApprovalRequired", "not-an-approver"]
    assert team.live() == []


def test_a09_who_was_blocked_before_the_decision_does_not(gitlab):
    asks_and_gets(gitlab)
    gitlab.world.block_user("ben")
    decision = gitlab.decision(gitlab.reconcile(), WHAT)
    assert gitlab.rules(decision) == ["ApprovalRequired", "unproved-approval"]
    assert gitlab.live() == []


def test_a09_who_leaves_it_afterwards_changes_nothing(team):
    team.granted(WHAT)
    team.world.remove_member("leads", "ben")
    team.reconcile()
    assert names(team) == {"inc-1"}


def test_a10_who_came_into_the_group_after_approving_counts_only_in_time(team):
    team.alice.requests(WHAT)
    team.erin.approves(WHAT)
    team.ben.merges(WHAT)
    team.world.add_member("leads", "erin")
    team.passes(hours=25)
    assert team.rules(team.decision(team.reconcile(), WHAT)) == ["decision-too-late"]


def test_a10_a_guest_of_the_group_is_none_of_its_developers(team):
    team.world.add_member("leads", "erin", 10)
    team.alice.requests(WHAT)
    team.erin.approves(WHAT)
    team.ben.merges(WHAT)
    assert team.rules(team.decision(team.reconcile(), WHAT)) == ["ApprovalRequired", "not-an-approver"]


def test_a34_an_account_that_was_deleted_asks_for_nothing(gitlab):
    asks_and_gets(gitlab)
    gitlab.world.delete_account("alice")
    decision = gitlab.decision(gitlab.reconcile(), WHAT)
    assert gitlab.rules(decision) == ["author-unknown"]
    assert gitlab.live() == []


def test_a34_nor_does_one_approve(gitlab):
    asks_and_gets(gitlab)
    gitlab.world.delete_account("ben")
    assert refused_after_a_deletion(gitlab) == ["ApprovalRequired"]


def refused_after_a_deletion(stage):
    decision = stage.decision(stage.reconcile(), WHAT)
    assert stage.live() == []
    return stage.rules(decision)


def test_a34_a_fork_that_is_gone_leaves_its_merge_request(gitlab):
    fork = gitlab.world.fork("alice")
    gitlab.world.push("alice", BRANCH, {PATH: session("inc-1")}, project=fork)
    gitlab.changes[WHAT] = gitlab.world.open_mr("alice", BRANCH, project=fork)
    gitlab.ben.approves(WHAT)
    gitlab.ben.merges(WHAT)
    gitlab.world.delete_project(fork)
    assert isinstance(gitlab.decision(gitlab.reconcile(), WHAT), Granted)


def test_a34_a_version_that_is_nowhere_any_more_was_approved_by_nobody(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.approves(WHAT)
    gitlab.world.push("alice", BRANCH, LONGER, force=True)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "other-content"]


def test_a35_a_name_that_changed_hands_is_another_account(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.world.rename_account("ben", "benedict")
    gitlab.world.add_member(None, gitlab.world.recycle_username("ben"))
    gitlab.approve("ben", gitlab.changes[WHAT], "go ahead")
    gitlab.dana.merges(WHAT)
    decision = gitlab.decision(gitlab.reconcile(), WHAT)
    assert gitlab.rules(decision) == ["ApprovalRequired", "recycled-login"]
    assert gitlab.live() == []


def test_a35_a_name_that_changed_is_the_same_account(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.world.rename_account("ben", "benedict")
    gitlab.approve("benedict", gitlab.changes[WHAT], "go ahead")
    gitlab.dana.merges(WHAT)
    assert isinstance(gitlab.decision(gitlab.reconcile(), WHAT), Granted)


def test_a35_a_group_that_was_made_again_is_another_group(team):
    team.world.delete_group("leads")
    again = team.world.group("leads", 299)
    team.world.add_member(again, "ben")
    asks_and_gets(team)
    assert_membership_unknown(team)


def test_a36_a_token_that_can_t_see_the_group_knows_nothing_of_its_members(team):
    asks_and_gets(team)
    team.token = team.usual_token()
    reason = assert_membership_unknown(team)
    assert "Guest in the group" in (reason.hint or "")
    team.world.add_member("leads", team.world.bot_of(team.token), 10)
    team.reconcile()
    assert names(team) == {"inc-1"}


def test_a36_nor_does_one_that_gets_half_of_them(team):
    team.world.faults.add("GET */members/all*", faults.shrunk())
    asks_and_gets(team)
    assert_membership_unknown(team)


def assert_membership_unknown(stage):
    decision = stage.decision(report := stage.reconcile(), WHAT)
    assert isinstance(decision, Unknown)
    assert (stage.rules(decision), code(report), stage.live()) == (["membership-unknown"], 7, [])
    return decision.reasons[0]


@pytest.mark.parametrize("gone", [False, True])
def test_a43_a_committer_whose_commits_somebody_else_rebased_is_still_one(gitlab, gone):
    gitlab.alice.requests(WHAT)
    gitlab.ben.commits(LONGER, on=BRANCH, author=ALICE, committer=Name("Ben", "ben@example.com"))
    gitlab.setup({"README.md": "more\n"})
    gitlab.world.rebase("mallory", gitlab.changes[WHAT])
    if gone:
        # The log has lost who pushed, so that the versions alone say it.
        words = ("added ", "reset ")
        gitlab.world.faults.add("GET */merge_requests/1/notes*", without_entries(words), times=None)
    gitlab.ben.approves(WHAT)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "self-approval"]


def test_a43_who_pressed_rebase_does_not_approve_it(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.setup({"README.md": "more\n"})
    gitlab.world.rebase("ben", gitlab.changes[WHAT])
    gitlab.ben.approves(WHAT)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "self-approval"]


def without_entries(words):
    def less(request, answer):
        kept = [each for each in answer.json if not (each["system"] and each["body"].startswith(words))]
        return answer.saying(kept).having(X_Total=len(kept))

    return faults.Fault(less, instead=False)
