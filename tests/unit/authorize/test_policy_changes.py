"""Who lets a change of the policy side into force: policy approvers, of the content that landed, and nobody against it."""

import pytest

from gitops_breakglass.core.authorize import PolicyCase, authorize_policy
from gitops_breakglass.model.change import FileChange, ReviewState
from gitops_breakglass.model.decision import Denied, Pending, Unknown
from tests.unit.authorize.world import ID, NOW, OTHER, account, change, identities, policy, review, rules_of

SIDE = policy(people=identities(groups={"developers": ["alice", "dora"], "leads": ["ben", "carol"]}))
POLICY = (FileChange("policies/shell.yaml", "M"),)
AGAINST = review("carol", state=ReviewState.CHANGES_REQUESTED)


def verdict(*reviews, **changes):
    usual = {"files": POLICY, "landed_files": POLICY, "policy_at_fork": "t"}
    step = change(*reviews, **{**usual, **changes})
    return authorize_policy(PolicyCase(step, SIDE, "t", "t", step.blob_landing), now=NOW)


def test_a_policy_approver_brings_it_into_force():
    assert [each.person for each in verdict(review("ben"))] == ["ben"]


def test_one_who_asked_for_changes_keeps_it_out_though_another_approved():
    assert rules_of(verdict(review("ben"), AGAINST)) == ["changes-requested"]
    assert [each.person for each in verdict(review("ben"), review("dora", state=AGAINST.state))] == ["ben"]


def test_what_stands_on_a_policy_side_that_is_not_in_force_is_kept_out():
    step = change(review("ben"), files=POLICY, landed_files=POLICY, policy_at_fork="u")
    decision = authorize_policy(PolicyCase(step, SIDE, "t", "u", step.blob_landing), now=NOW)
    assert rules_of(decision) == ["unproved-base"]


@pytest.mark.parametrize("where", ["files", "landed_files"])
def test_a_request_that_comes_with_it_keeps_it_out(where):
    assert rules_of(verdict(review("ben"), **{where: (*POLICY, FileChange(ID.path, "A"))})) == ["mixed-change"]


@pytest.mark.parametrize(
    ("against", "rule"),
    [
        (review("dora"), "not-an-approver"),
        (review("ben", blob=OTHER), "other-content"),
        (review("ben", account=account("ci-bot", bot=True)), "bot-approval"),
        (review("ben", by_email=True), "unproved-approval"),
        (review("ben", edited_by=account("dora")), "edited-approval"),
    ],
)
def test_an_approval_that_would_not_count_for_a_request_does_not_for_policy(against, rule):
    assert rules_of(verdict(against))[:2] == ["policy-not-approved", rule]


def test_before_the_merge_it_waits_and_names_who_may_approve():
    open_ones = {"merged_at": None, "landing": None, "blob_landing": None, "landed_files": (), "blob_now": "t"}
    waiting = verdict(**open_ones)
    assert isinstance(waiting, Pending), waiting
    assert (waiting.ready, waiting.may_approve) == (False, ("ben", "carol"))
    assert not isinstance(verdict(review("ben"), AGAINST, **open_ones), Unknown)
    assert isinstance(verdict(review("ben"), AGAINST, **open_ones), Denied)
