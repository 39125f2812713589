"""A1 to A5, A12, A13, A24, A26 to A29 and A33: what was approved is what landed, once, alone, and as a plain file."""

import pytest

from gitops_breakglass.model.decision import Granted
from tests.e2e.forges.attacks import WHAT, asks_and_gets, findings, names, refused, unknown
from tests.git.world import branch_of, path_of, session

PATH = path_of(WHAT)


def test_a01_a_change_that_brings_its_own_approver_along(stage):
    stage.groups["team-leads"] = ["ben", "erin"]
    stage.alice.commits({PATH: session("inc-1"), "identities.yaml": stage.identities()}, on=branch_of(WHAT))
    stage.alice.opens(branch_of(WHAT), what=WHAT)
    stage.erin.approves(WHAT)
    stage.dana.merges(WHAT)
    assert refused(stage) == ["one-file"]
    assert findings(stage.reconcile()) == ["policy-not-in-force"]


def test_a02_a_policy_that_nobody_approved_who_may_makes_nobody_an_approver(stage):
    stage.groups["team-leads"] = ["ben", "erin"]
    stage.alice.proposes({"identities.yaml": stage.identities()})
    stage.ben.approves("policy/change")
    stage.ben.merges("policy/change")
    stage.alice.requests(WHAT)
    stage.erin.approves(WHAT)
    stage.dana.merges(WHAT)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_a02_one_that_was_approved_does(stage):
    stage.groups["team-leads"] = ["ben", "mallory"]
    stage.in_force({"identities.yaml": stage.identities(more={"mallory": ["mallory"]})})
    stage.alice.requests(WHAT)
    stage.mallory.approves(WHAT)
    stage.dana.merges(WHAT)
    assert isinstance(stage.decision(stage.reconcile(), WHAT), Granted)


@pytest.mark.parametrize("pushed", [False, True])
def test_a03_an_edit_of_what_was_granted_takes_it_away(stage, pushed):
    stage.granted(WHAT)
    longer = {PATH: session("inc-1", duration="2h")}
    if pushed:
        stage.setup(longer)
    else:
        stage.alice.commits(longer, on="edit")
        stage.alice.opens("edit")
        stage.dana.merges("edit")
    stage.reconcile()
    assert stage.live() == []
    stage.reconcile()
    assert stage.live() == []


def test_a04_what_was_pushed_past_every_change_is_known_to_no_forge(stage):
    stage.setup({PATH: session("inc-1")})
    unknown(stage)


def test_a05_other_content_than_was_approved(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.alice.commits({PATH: session("inc-1", duration="2h")}, on=branch_of(WHAT))
    stage.dana.merges(WHAT)
    assert refused(stage) == ["ApprovalRequired", "other-content"]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a12_forty_requests_for_one_approval(stage, how):
    many = {path_of(f"prod/inc-{number}"): session(f"inc-{number}", reason=f"INC-{number}") for number in range(1, 41)}
    stage.alice.commits(many, on=branch_of(WHAT))
    stage.alice.opens(branch_of(WHAT), what=WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT, how)
    assert refused(stage) == ["one-file"]


def test_a13_a_copy_of_what_was_approved(stage):
    first = session("inc-1")
    asks_and_gets(stage, WHAT, duration="1h")
    stage.erin.commits({path_of("prod/inc-2"): first}, on=branch_of("prod/inc-2"))
    stage.erin.opens(branch_of("prod/inc-2"), what="prod/inc-2")
    stage.ben.approves("prod/inc-2")
    stage.ben.merges("prod/inc-2")
    assert findings(stage.reconcile()) == ["request-path"]
    assert names(stage) == {"inc-1"}


def test_a24_a_merge_that_changes_what_it_merges(stage):
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.world.push_merge("dana", stage.changes[WHAT], {PATH: session("inc-1", duration="2h")})
    assert refused(stage) == ["same-content"]


def test_a24_a_merge_that_brings_a_request_of_its_own(stage):
    stage.alice.requests("prod/other")
    stage.ben.approves("prod/other")
    stage.world.push_merge("dana", stage.changes["prod/other"], {PATH: session("inc-1")})
    assert refused(stage) == ["one-file", "same-content"]


def test_a26_a_revert_of_a_revert(stage):
    stage.granted(WHAT)
    stage.alice.commits({PATH: None}, on="revert")
    stage.alice.opens("revert")
    stage.ben.merges("revert")
    stage.reconcile()
    assert stage.live() == []
    stage.alice.commits({PATH: session("inc-1")}, on="again")
    stage.alice.opens("again")
    stage.ben.approves("again")
    stage.ben.merges("again")
    assert refused(stage)[0] in {"touched-once", "not-burned"}


def test_a27_a_deletion_takes_access_away_at_once_and_needs_nobody(stage):
    stage.granted(WHAT)
    stage.alice.commits({PATH: None}, on="revoke")
    stage.alice.opens("revoke")
    stage.dana.merges("revoke")
    stage.reconcile()
    assert stage.live() == []


def test_a28_a_name_that_was_used_with_other_content(stage):
    asks_and_gets(stage)
    stage.reconcile()
    stage.alice.commits({PATH: None}, on="revoke")
    stage.alice.opens("revoke")
    stage.dana.merges("revoke")
    stage.alice.commits({PATH: session("inc-1", duration="2h")}, on="again")
    stage.alice.opens("again")
    stage.ben.approves("again")
    stage.ben.merges("again")
    assert refused(stage)[0] == "touched-once"


def test_a29_of_two_requests_for_the_same_the_end_of_one_leaves_the_other(stage):
    stage.granted(WHAT)
    stage.granted("prod/inc-2", reason="INC-2: the same again")
    stage.alice.commits({PATH: None}, on="revoke")
    stage.alice.opens("revoke")
    stage.dana.merges("revoke")
    stage.reconcile()
    assert names(stage) == {"inc-2"}


@pytest.mark.parametrize("mode", ["120000", "100755"])
def test_a33_a_link_and_an_executable(stage, mode):
    stage.alice.commits({PATH: (mode, session("inc-1"))}, on=branch_of(WHAT))
    stage.alice.opens(branch_of(WHAT), what=WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    assert refused(stage) == ["same-content", "plain-file"]
