"""A2 and A38 for the policy side: only what was approved as a whole comes into force, and no flood of it holds up requests."""

import pytest

from gitops_breakglass.model.decision import Granted
from tests.e2e.forges.attacks import WHAT, findings, judged, names, refused
from tests.git.world import branch_of, path_of, session

CHANGE = "policy/change"


def identities(stage, *leads):
    """identities.yaml with these for team leads."""
    before, stage.groups = stage.groups, {**stage.groups, "team-leads": list(leads)}
    text = stage.identities()
    stage.groups = before
    return {"identities.yaml": text}


def lands(stage, how):
    """Have the branch of a policy change approved by who may, and merged."""
    stage.erin.opens(CHANGE)
    stage.dana.approves(CHANGE)
    return stage.dana.merges(CHANGE, how)


def asks_by_erin(stage):
    """Alice asks, erin approves, who may if a certain policy side is in force."""
    stage.alice.requests(WHAT)
    stage.erin.approves(WHAT)
    stage.ben.merges(WHAT)


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a02_what_a_rebase_puts_in_between_is_never_in_force(stage, how):
    stage.erin.commits(identities(stage, "ben", "erin"), on=CHANGE)
    stage.erin.commits({**identities(stage, "ben"), "README.md": "A word more.\n"}, on=CHANGE)
    lands(stage, how)
    asks_by_erin(stage)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]
    assert findings(stage.reconcile()) == []


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_policy_change_of_several_commits_is_in_force_however_it_lands(stage, how):
    stage.erin.commits({"README.md": "A word.\n"}, on=CHANGE)
    stage.erin.commits({"README.md": "A word more.\n"}, on=CHANGE)
    stage.erin.commits(identities(stage, "ben", "erin"), on=CHANGE)
    lands(stage, how)
    asks_by_erin(stage)
    report = stage.reconcile()
    assert isinstance(stage.decision(report, WHAT), Granted)
    assert findings(report) == []
    # What follows stands on it.
    stage.in_force({"README.md": "Another.\n"}, branch="policy/next")
    assert findings(stage.reconcile()) == []


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a02_several_commits_upon_what_was_pushed_are_not_in_force(stage, how):
    stage.setup(identities(stage, "ben", "mallory"))
    stage.erin.commits({"README.md": "A word.\n"}, on=CHANGE)
    stage.erin.commits(identities(stage, "ben", "erin"), on=CHANGE)
    lands(stage, how)
    asks_by_erin(stage)
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_a_request_whose_rebase_has_policy_in_between_brings_none_along(stage):
    stage.alice.commits(identities(stage, "ben", "erin"), on=branch_of(WHAT))
    stage.alice.commits({**identities(stage, "ben"), path_of(WHAT): session("inc-1")}, on=branch_of(WHAT))
    stage.alice.opens(branch_of(WHAT), what=WHAT)
    stage.erin.approves(WHAT)
    stage.dana.approves(WHAT)
    stage.dana.merges(WHAT, "rebase")
    assert refused(stage) == ["ApprovalRequired", "not-an-approver"]


def test_a38_commits_upon_a_policy_that_is_not_in_force_are_not_asked_about(stage):
    for number in range(60):
        stage.setup({"README.md": f"{number}\n"})
    before = len(stage.world.requests)
    judged(stage)
    assert len(stage.world.requests) - before < 40


def test_a38_however_many_policy_commits_are_pushed_requests_are_decided(stage):
    """Each is put back by the next, so each stands on what is in force and has to be asked about."""
    for number in range(51):
        stage.setup({"NOTES.md": f"{number}\n"})
        stage.setup({"NOTES.md": None})
    stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    before = len(stage.world.requests)
    stage.reconcile()
    assert names(stage) == {"inc-1"}
    assert len(stage.world.requests) - before < 80
    stage.in_force({"NOTES.md": "At last.\n"})
    told = [each.message for each in stage.reconcile().plan.findings if each.rule == "policy-not-in-force"]
    assert ["commits of the policy side, and there are more since the one in force" in each for each in told] == [True]
