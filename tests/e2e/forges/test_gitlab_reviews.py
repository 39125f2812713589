"""A11, A14 to A18, A20, A22, A42, A44 and A45 on GitLab: which approvals there are, and when they were given."""

import pytest

from gitops_breakglass.model.decision import Granted, Unknown
from tests.e2e.forges.attacks import WHAT, asks_and_gets, code, names, refused, unknown
from tests.e2e.stage import POD_SHELL
from tests.forges import faults
from tests.forges.gitlab_stage import GitlabStage
from tests.git.world import branch_of, path_of, session

PATH, BRANCH = path_of(WHAT), branch_of(WHAT)
WITH_REASON = POD_SHELL.replace("  maxValidFor: 2h\n", "  maxValidFor: 2h\n  approvalReason:\n    mandatory: true\n")
SELF_SERVICE = POD_SHELL.replace("    groups: [team-leads]\n", "    groups: [developers]\n").replace(
    "  maxValidFor: 2h\n", "  maxValidFor: 2h\n  blockSelfApproval: false\n"
)
TIERS = ("free", "premium", "ultimate")


@pytest.fixture(params=TIERS)
def tier(request, tmp_path):
    with GitlabStage(tmp_path, tier=request.param) as stage:
        yield stage


@pytest.fixture
def premium(tmp_path):
    with GitlabStage(tmp_path, tier="premium") as stage:
        yield stage


def test_an_honest_request_on_every_tier(tier):
    tier.granted(WHAT)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("how", ["merge", "squash", "semi-linear", "ff", "squash_ff"])
def test_an_honest_request_however_it_is_merged(tmp_path, how, old):
    with GitlabStage(tmp_path, old=old) as stage:
        stage.alice.requests(WHAT)
        stage.ben.approves(WHAT)
        stage.world.merge("ben", stage.changes[WHAT], how)
        assert isinstance(stage.decision(stage.reconcile(), WHAT), Granted)


def test_several_commits_that_landed_by_a_fast_forward_are_one_request(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.alice.commits({PATH: session("inc-1", duration="30m")}, on=BRANCH)
    gitlab.ben.approves(WHAT)
    gitlab.ben.merges(WHAT, "rebase")
    assert isinstance(gitlab.decision(gitlab.reconcile(), WHAT), Granted)


def test_a11_an_approval_after_the_merge(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.dana.merges(WHAT)
    gitlab.ben.approves(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "late-approval"]


def test_a14_an_approval_that_was_taken_back(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.approves(WHAT)
    gitlab.world.unapprove("ben", gitlab.changes[WHAT])
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired"]


def test_a14_an_approval_that_a_push_took_back(premium):
    premium.world.set_project(reset_approvals_on_push=True)
    premium.alice.requests(WHAT)
    premium.ben.approves(WHAT)
    premium.alice.commits({PATH: session("inc-1", duration="2h")}, on=BRANCH)
    premium.dana.merges(WHAT)
    assert refused(premium) == ["ApprovalRequired"]


def test_a15_an_approval_from_before_a_request_for_changes(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.approves(WHAT)

    def asked(request, answer):
        notes = answer.json
        approved = next(each for each in notes if each["body"] == "approved this merge request")
        notes.append({**approved, "id": 99, "body": "requested changes", "created_at": notes[-1]["created_at"]})
        return answer.saying(notes).having(X_Total=len(notes))

    gitlab.world.faults.add("GET */merge_requests/1/notes*", faults.Fault(asked, instead=False), times=None)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab)[0] == "changes-requested"


def test_a16_a_reason_that_somebody_else_rewrote(tmp_path):
    with GitlabStage(tmp_path, policies=WITH_REASON) as stage:
        stage.alice.requests(WHAT)
        stage.ben.approves(WHAT, "only if the shop is down")
        note = next(each.id for each in stage.world.mr(1).notes if not each.system)
        stage.world.edit_note("dana", 1, note, "breakglass-reason: whenever")
        stage.dana.merges(WHAT)
        assert refused(stage) == ["ApprovalRequired", "unproved-approval"]


def test_a16_an_approval_without_the_reason_that_it_needs(tmp_path):
    with GitlabStage(tmp_path, policies=WITH_REASON) as stage:
        stage.alice.requests(WHAT)
        stage.ben.approves(WHAT, "")
        stage.world.note("mallory", 1, "breakglass-reason: because ben says so")
        stage.dana.merges(WHAT)
        assert refused(stage) == ["ApprovalRequired", "approval-reason-missing"]


def test_a17_words_that_only_look_like_an_approval(gitlab):
    gitlab.alice.requests(WHAT)
    for text in ("LGTM", "approved this merge request", "```\n/approve\n```", "breakglass-reason: go"):
        gitlab.world.note("ben", 1, text)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired"]


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("name", ["staging", "a`b"])
def test_a18_an_approval_for_another_branch(gitlab, name, deleted):
    """Also where GitLab itself has it go elsewhere, since the branch is gone, and whatever that was called."""
    gitlab.world.push("root", name, {})
    gitlab.alice.commits({PATH: session("inc-1")}, on=BRANCH)
    gitlab.changes[WHAT] = gitlab.world.open_mr("alice", BRANCH, target=name)
    gitlab.ben.approves(WHAT)
    gitlab.world.retarget("alice", gitlab.changes[WHAT], "main", deleted=deleted)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "retargeted"]


def test_a20_a_maintainer_who_merges_without_any_approval(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired"]


def test_a22_who_merged_approved_nothing(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired"]


def test_a42_an_approval_by_the_author_which_gitlab_calls_approved(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.alice.approves(WHAT)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "not-an-approver"]


def test_a42_not_even_of_an_author_who_may_approve_others(gitlab):
    gitlab.groups["developers"] = ["alice", "erin", "ben"]
    gitlab.in_force({"identities.yaml": gitlab.identities()})
    gitlab.ben.requests(WHAT)
    gitlab.ben.approves(WHAT)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "self-approval"]


def test_a42_an_approval_by_somebody_who_is_no_approver(tier):
    tier.alice.requests(WHAT)
    tier.erin.approves(WHAT)
    tier.dana.merges(WHAT)
    assert refused(tier) == ["ApprovalRequired", "not-an-approver"]


def test_a42_a_rule_that_nobody_can_fulfil_which_gitlab_calls_approved(premium):
    premium.world.approval_rule("leads", 2, users=["ben"])
    premium.alice.requests(WHAT)
    premium.dana.merges(WHAT)
    assert refused(premium) == ["ApprovalRequired"]


def test_a42_a_rule_that_the_author_put_aside(premium):
    premium.world.approval_rule("leads", 1, users=["ben"])
    premium.alice.requests(WHAT)
    premium.world.override_rules("alice", premium.changes[WHAT], 0)
    premium.dana.merges(WHAT)
    assert refused(premium) == ["ApprovalRequired"]


def test_a42_a_merge_is_no_approval_where_somebody_else_pushed(tmp_path):
    with GitlabStage(tmp_path, policies=SELF_SERVICE) as stage:
        stage.alice.requests(WHAT)
        stage.mallory.commits({PATH: session("inc-1", duration="2h")}, on=BRANCH)
        stage.dana.merges(WHAT)
        stage.erin.requests("prod/own", reason="INC-2: mine")
        stage.dana.merges("prod/own")
        report = stage.reconcile()
        assert stage.rules(stage.decision(report, WHAT)) == ["ApprovalRequired"]
        assert names(stage) == {"own"}


def test_a44_an_approval_that_is_still_listed_after_it_was_taken_back(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.approves(WHAT)
    cached = gitlab.world.mr(1).approvals[0]
    gitlab.world.unapprove("ben", 1)
    when = cached.approved_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    user = {"id": int(gitlab.ben.account.id), "username": "ben", "state": "active"}
    listed = faults.edited(lambda value: {**value, "approved_by": [{"user": user, "approved_at": when}]})
    gitlab.world.faults.add("GET */merge_requests/1/approvals", listed, times=None)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired", "withdrawn-approval"]


def test_a44_an_approval_that_was_taken_back_and_given_again_counts(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.approves(WHAT)
    gitlab.world.unapprove("ben", 1)
    gitlab.ben.approves(WHAT)
    gitlab.dana.merges(WHAT)
    assert isinstance(gitlab.decision(gitlab.reconcile(), WHAT), Granted)


def test_a44_while_gitlab_has_not_done_with_a_push_nothing_is_decided(premium):
    premium.alice.requests(WHAT)
    premium.ben.approves(WHAT)
    premium.ben.merges(WHAT)
    premium.world.keep_busy(premium.changes[WHAT])
    assert "still computing" in unknown(premium)
    premium.world.catch_up(premium.changes[WHAT])
    premium.reconcile()
    assert names(premium) == {"inc-1", "honest"}


@pytest.mark.parametrize("forbidden", [False, True])
def test_a45_a_job_s_own_token_knows_nothing_and_says_which_one_does(gitlab, forbidden):
    asks_and_gets(gitlab)
    usual = gitlab.token
    if forbidden:
        gitlab.world.faults.add("GET */approvals", faults.status(403))
    else:
        gitlab.token = gitlab.world.token("job", user="ben")
    decision = gitlab.decision(report := gitlab.reconcile(), WHAT)
    assert isinstance(decision, Unknown)
    assert (gitlab.rules(decision), code(report), gitlab.live()) == (["no-facts"], 7, [])
    assert "read_api" in decision.reasons[0].hint
    assert ("CI_JOB_TOKEN" in decision.reasons[0].message) is not forbidden
    gitlab.token = usual
    gitlab.reconcile()
    assert names(gitlab) == {"inc-1"}
