"""Attacks on authorship: a request that is not whose it seems to be, or an approver who had a hand in it."""

import pytest

from tests.e2e.attacks import WHAT, asks_and_gets, refused
from tests.e2e.stage import Stage
from tests.git.world import branch_of, path_of, session

PATH = path_of(WHAT)


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def test_an_unsigned_commit_in_somebody_s_name_dated_2030_is_nobody_s(stage):
    dated = "2030-01-01T00:00:00Z"
    stage.mallory.commits({PATH: session("inc-1")}, on=branch_of(WHAT), as_=stage.alice, signed=False, date=dated)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["unsigned-commit"]


def test_a_commit_in_somebody_s_name_is_whose_key_signed_it(stage):
    stage.mallory.commits({PATH: session("inc-1")}, on=branch_of(WHAT), as_=stage.alice)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["author-unknown"]


def test_one_unsigned_commit_in_the_branch_is_enough_to_doubt_it(stage):
    stage.alice.requests(WHAT)
    stage.mallory.commits({}, on=branch_of(WHAT), as_=stage.alice, signed=False)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["unsigned-commit"]


def test_an_approver_who_pushed_into_the_change_does_not_approve_it(stage):
    stage.alice.requests(WHAT)
    stage.ben.commits({}, on=branch_of(WHAT), message="Nothing much")
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "self-approval"]


def test_a_request_that_two_people_wrote_is_nobody_s(stage):
    stage.alice.requests(WHAT)
    stage.ben.commits({PATH: session("inc-1", duration="2h")}, on=branch_of(WHAT))
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["author-unclear"]


def test_naming_the_approver_as_co_author_only_takes_their_approval_away(stage):
    stage.alice.requests(WHAT, message="Request access\n\nCo-authored-by: Ben <ben@example.com>")
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "self-approval"]


def test_the_same_bytes_in_somebody_else_s_commit_do_not_inherit_the_approval(stage):
    """Who gets the access is not in the file: a colleague who lands a copy would take what was approved for another."""
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.erin.commits({PATH: session("inc-1")}, on="faster")
    stage.world.merge(WHAT, branch="faster")
    assert refused(stage) == ["ApprovalRequired", "unproved-approval"]


def test_a_squash_merge_signed_by_a_colleague_does_not_make_the_access_theirs(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT, how="squash", by=stage.erin)
    assert refused(stage) == ["ApprovalRequired", "unproved-approval"]


def test_an_unsigned_squash_merge_is_nobody_s(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT, how="squash")
    assert refused(stage) == ["unsigned-commit"]


@pytest.mark.parametrize("user", ["ben@example.com", "system:admin", "ALICE@example.com"])
def test_a_request_for_somebody_else_is_refused(stage, user):
    asks_and_gets(stage, content=session("inc-1") + f'  user: "{user}"\n')
    assert refused(stage) == ["subject-not-author"]


def test_an_approver_does_not_approve_their_own_request(tmp_path):
    leads = {"developers": ["alice", "erin"], "team-leads": ["ben", "alice"]}
    stage = Stage(tmp_path, groups=leads)
    stage.alice.requests(WHAT)
    stage.alice.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["ApprovalRequired", "self-approval"]


def test_somebody_who_is_no_developer_may_not_ask(stage):
    stage.dana.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.world.merge(WHAT)
    assert refused(stage) == ["may-not-request"]


@pytest.mark.parametrize(("signed", "rules"), [(True, ["ApprovalRequired"]), (False, ["unsigned-commit"])])
def test_a_push_straight_to_the_default_branch_gives_nothing(stage, signed, rules):
    stage.world.policy({PATH: session("inc-1")}, by=stage.alice if signed else None)
    assert refused(stage) == rules
