"""A11, A14 to A18, A20, A22 and A46: an approval is a person's own, in time, for here, and not taken back."""

import pytest

from gitops_breakglass.model.decision import Granted
from tests.e2e.forges.attacks import WHAT, asks_and_gets, names, refused
from tests.git.world import branch_of, path_of, session

PATH = path_of(WHAT)


def test_a11_an_approval_after_the_merge(github):
    github.alice.requests(WHAT)
    github.alice.merges(WHAT)
    github.ben.approves(WHAT)
    assert refused(github) == ["ApprovalRequired", "late-approval"]


def test_a14_an_approval_that_was_dismissed(github):
    github.alice.requests(WHAT)
    review = github.ben.approves(WHAT)
    github.world.dismiss("erin", github.changes[WHAT], review)
    github.alice.merges(WHAT)
    assert refused(github) == ["ApprovalRequired"]


def test_a15_an_approval_from_before_a_request_for_changes_that_was_dismissed(github):
    github.alice.requests(WHAT)
    github.ben.approves(WHAT)
    asked = github.world.review("ben", github.changes[WHAT], "CHANGES_REQUESTED", "wait: too long")
    github.world.dismiss("alice", github.changes[WHAT], asked)
    github.alice.merges(WHAT)
    assert refused(github) == ["ApprovalRequired", "withdrawn-approval"]


def test_a15_a_request_for_changes_that_stands(github):
    github.alice.requests(WHAT)
    github.ben.approves(WHAT)
    github.world.review("ben", github.changes[WHAT], "CHANGES_REQUESTED", "wait: too long")
    github.alice.merges(WHAT)
    assert refused(github)[0] == "changes-requested"


def test_a16_words_of_an_approver_that_somebody_else_wrote(github):
    github.alice.requests(WHAT)
    review = github.ben.approves(WHAT, "")
    github.world.edit_review("mallory", github.changes[WHAT], review, "INC-1: go ahead, all of you")
    github.alice.merges(WHAT)
    assert refused(github) == ["ApprovalRequired", "edited-approval"]


def test_a16_words_that_their_author_changed_before_the_merge(github):
    github.alice.requests(WHAT)
    review = github.ben.approves(WHAT, "")
    github.world.edit_review("ben", github.changes[WHAT], review, "INC-1: go ahead")
    github.alice.merges(WHAT)
    assert isinstance(github.decision(github.reconcile(), WHAT), Granted)


def test_a16_words_that_their_author_changed_after_the_merge(github):
    github.alice.requests(WHAT)
    review = github.ben.approves(WHAT)
    github.alice.merges(WHAT)
    github.world.edit_review("ben", github.changes[WHAT], review, "INC-1: for everybody")
    assert refused(github) == ["ApprovalRequired", "unproved-approval"]


def test_a16_words_that_an_account_which_is_gone_has_changed(github):
    github.alice.requests(WHAT)
    review = github.ben.approves(WHAT)
    github.world.edit_review("mallory", github.changes[WHAT], review, "INC-1: for everybody")
    github.world.delete_account("mallory")
    github.alice.merges(WHAT)
    assert refused(github) == ["ApprovalRequired", "unproved-approval"]


def test_a17_words_that_only_look_like_an_approval(github):
    github.alice.requests(WHAT)
    for text in ("/approve", "LGTM", "APPROVED"):
        github.world.comment("ben", github.changes[WHAT], text)
    github.world.review("ben", github.changes[WHAT], "COMMENTED", "/approve")
    github.alice.merges(WHAT)
    assert refused(github) == ["ApprovalRequired"]


def test_a17_an_approval_by_e_mail(github):
    github.alice.requests(WHAT)
    github.world.review("ben", github.changes[WHAT], "APPROVED", "go ahead", by_email=True)
    github.alice.merges(WHAT)
    assert refused(github) == ["ApprovalRequired", "unproved-approval"]


def test_a18_an_approval_for_another_branch(github):
    github.world.push("root", "staging", {"staging.txt": "begin\n"}, on="main")
    github.world.push("alice", branch_of(WHAT), {PATH: session("inc-1")}, on="main")
    github.changes[WHAT] = github.world.open_pr("alice", branch_of(WHAT), "Staging only", base="staging").number
    github.ben.approves(WHAT)
    github.world.retarget("alice", github.changes[WHAT], "main")
    github.alice.merges(WHAT)
    assert refused(github) == ["ApprovalRequired", "retargeted"]


def test_a20_an_administrator_who_merges_past_the_rules(github):
    github.world.protect("main", {"pull_request": {"required_approving_review_count": 1}})
    github.alice.requests(WHAT)
    github.world.bypass_merge("root", github.changes[WHAT])
    assert refused(github) == ["ApprovalRequired"]


@pytest.mark.parametrize("by_bot", [True, False])
def test_a22_the_merge_queue_approves_nothing(github, by_bot):
    github.alice.requests(WHAT)
    github.world.queue_merge("ben", github.changes[WHAT], merged_by_bot=by_bot)
    assert refused(github) == ["ApprovalRequired"]


def test_a22_and_what_it_lands_together_is_told_apart(github):
    for what, who in ((WHAT, github.alice), ("prod/inc-2", github.erin)):
        who.requests(what, reason=f"INC: {what}")
    github.ben.approves("prod/inc-2")
    github.world.queue_merge("ben", github.changes[WHAT], github.changes["prod/inc-2"])
    report = github.reconcile()
    assert github.rules(github.decision(report, WHAT)) == ["ApprovalRequired"]
    assert names(github) == {"inc-2"}


@pytest.mark.parametrize("year", [2000, 2037])
def test_a46_dates_that_commits_claim_mean_nothing(stage, year):
    seconds = (year - 1970) * 31_557_600
    stage.alice.commits({PATH: session("inc-1")}, on=branch_of(WHAT), date=seconds)
    stage.alice.opens(branch_of(WHAT), what=WHAT)
    stage.ben.approves(WHAT)
    stage.ben.merges(WHAT)
    decision = stage.decision(stage.reconcile(), WHAT)
    assert isinstance(decision, Granted)
    assert decision.evidence.merged_at == stage.landed().merged_at


def test_an_honest_request_beside_all_of_them(stage):
    asks_and_gets(stage)
    assert isinstance(stage.decision(stage.reconcile(), WHAT), Granted)
