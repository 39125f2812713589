"""Access of somebody who left, or who may not ask any more, ends with the policy side that says so."""

import pytest

from tests.e2e.attacks import in_force
from tests.e2e.stage import POD_SHELL, Stage

WHAT = "prod/inc-1"


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    stage.granted(WHAT)
    assert stage.live() != []
    return stage


def changes(stage, files):
    """An approved change of the policy side, and a run after it; what the run says about the request."""
    in_force(stage, files)
    report = stage.reconcile()
    assert report.unreachable is None
    return [each.message for each in report.plan.findings if each.rule == "ended-early"]


def test_nothing_ends_while_the_policy_side_says_the_same(stage):
    assert changes(stage, {"policies/shell.yaml": POD_SHELL.replace("pods]", "pods, services]")}) == []
    assert stage.live() != []


def test_access_of_somebody_who_left_identities_ends(stage):
    alice = stage.world.people.pop("alice")
    stage.groups = {"developers": ["erin"], "team-leads": ["ben"]}
    assert changes(stage, {"identities.yaml": stage.identities()}) == [
        "prod/inc-1 on prod ends before its window does: alice is not in identities.yaml any more"
    ]
    stage.world.people["alice"] = alice
    assert stage.live() == []


def test_access_of_somebody_who_may_not_ask_any_more_ends(stage):
    stage.groups = {"developers": ["erin"], "team-leads": ["ben"]}
    assert changes(stage, {"identities.yaml": stage.identities()}) == [
        "prod/inc-1 on prod ends before its window does: alice is not among those who may request escalation/pod-shell-access any more"
    ]
    assert stage.live() == []


def test_access_under_a_username_that_is_another_ones_now_ends(stage):
    renamed = stage.identities().replace("alice@example.com", "alice.new@example.com")
    assert changes(stage, {"identities.yaml": renamed}) == [
        "prod/inc-1 on prod ends before its window does: alice is not alice@example.com on prod any more"
    ]
    assert stage.live() == []
