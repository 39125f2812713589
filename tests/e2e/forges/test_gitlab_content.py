"""A19, A21, A24, A25 and A37 to A41 on GitLab: which merge request it was, and what its answers are worth."""

import pytest

from gitops_breakglass.adapters.forge.gitlab.transport import Limits
from gitops_breakglass.model.decision import Granted, Unknown
from tests.e2e.forges.attacks import WHAT, asks_and_gets, code, names, refused, unknown
from tests.forges import faults
from tests.forges.plumbing import Answer, Server
from tests.git.world import branch_of, path_of, session

PATH, BRANCH = path_of(WHAT), branch_of(WHAT)


def test_a19_a_merge_request_that_was_stacked_on_it_is_not_the_one_that_landed(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.world.push_commit("mallory", "stacked", gitlab.bare.head(BRANCH))
    gitlab.world.push("mallory", "stacked", {"notes.txt": "x\n"})
    gitlab.changes["stacked"] = gitlab.world.open_mr("mallory", "stacked")
    gitlab.ben.approves("stacked")
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired"]


def test_a19_two_merge_requests_with_one_head_can_t_be_told_apart(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.approves(WHAT)
    gitlab.world.push_commit("mallory", "same", gitlab.bare.head(BRANCH))
    gitlab.mallory.opens("same")
    gitlab.dana.merges(WHAT)
    assert "several merge requests" in unknown(gitlab)


def test_a19_one_that_went_to_another_branch_is_none(gitlab):
    gitlab.world.push("root", "staging", {})
    gitlab.alice.commits({PATH: session("inc-1")}, on=BRANCH)
    gitlab.changes[WHAT] = gitlab.world.open_mr("alice", BRANCH, target="staging")
    gitlab.ben.approves(WHAT)
    gitlab.dana.merges(WHAT)
    gitlab.world.push_commit("root", "main", gitlab.bare.head("staging"))
    assert "no merge request landed" in unknown(gitlab)


@pytest.mark.parametrize("approved", [False, True])
def test_a21_a_push_of_its_head_makes_it_merged_and_approves_nothing(gitlab, approved):
    gitlab.alice.requests(WHAT)
    if approved:
        gitlab.ben.approves(WHAT)
    gitlab.world.push_commit("root", "main", gitlab.bare.head(BRANCH))
    assert gitlab.world.mr(1).state == "merged"
    if approved:
        assert isinstance(gitlab.decision(gitlab.reconcile(), WHAT), Granted)
    else:
        assert refused(gitlab) == ["ApprovalRequired"]


def test_a21_a_merge_of_another_branch_that_carries_it_approves_nothing(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.world.push_commit("mallory", "carrier", gitlab.bare.head(BRANCH))
    gitlab.world.push("mallory", "carrier", {"notes.txt": "x\n"})
    gitlab.mallory.opens("carrier", what="carrier")
    gitlab.ben.approves(WHAT)
    gitlab.dana.merges("carrier")
    assert gitlab.world.mr(1).state == "merged"
    assert refused(gitlab) == ["one-file"]


def test_a24_an_honest_merge_by_hand_is_a_merge(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.approves(WHAT)
    gitlab.world.push_merge("dana", gitlab.changes[WHAT])
    assert isinstance(gitlab.decision(gitlab.reconcile(), WHAT), Granted)


def test_a25_a_default_branch_that_was_written_anew_grants_nothing(gitlab):
    gitlab.reconcile()
    asks_and_gets(gitlab)
    before = gitlab.tip
    gitlab.world.protect("main", allow_force_push=True)
    gitlab.world.push(
        "root", "main", {**gitlab.policy_files, PATH: session("inc-1")}, on=gitlab.installed + "~1", force=True
    )
    assert gitlab.tip != before
    report = gitlab.reconcile()
    assert report.plan.held
    assert gitlab.live() == []


def test_a37_what_a_flood_of_notes_pushed_to_the_last_page_counts(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.approves(WHAT)
    for number in range(250):
        gitlab.world.note("mallory", 1, f"note {number}")
    gitlab.world.unapprove("ben", 1)
    gitlab.dana.merges(WHAT)
    assert refused(gitlab) == ["ApprovalRequired"]


@pytest.mark.parametrize("page", [2, 3])
def test_a37_a_list_of_notes_that_shrank_while_it_was_read_is_not_known(gitlab, page):
    gitlab.alice.requests(WHAT)
    for number in range(230):
        gitlab.world.note("mallory", 1, f"note {number}")
    gitlab.ben.approves(WHAT)
    gitlab.dana.merges(WHAT)
    gitlab.world.faults.add(f"GET */merge_requests/1/notes*page={page}*", faults.shrunk(5))
    assert "announced" in unknown(gitlab)


def test_a37_a_list_of_versions_that_is_not_whole_is_not_known(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.commits({PATH: session("inc-1", duration="30m")}, on=BRANCH)
    gitlab.ben.approves(WHAT)
    gitlab.dana.merges(WHAT)
    gitlab.world.faults.add("GET */merge_requests/1/versions*", faults.shrunk(), times=None)
    assert "announced" in unknown(gitlab)


WRONG = {
    "429": faults.status(429, Retry_After=3600),
    "500": faults.status(500),
    "503": faults.page_of_html(503),
    "html": faults.page_of_html(),
    "half": faults.truncated(),
    "cut": faults.cut(),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a38_a39_a_forge_that_does_not_answer_grants_nothing_and_keeps_nothing_from_ending(gitlab, fault):
    gitlab.granted("prod/old", reason="INC-0: earlier")
    asks_and_gets(gitlab)
    gitlab.world.faults.add("GET /api/*", WRONG[fault], times=None)
    report = gitlab.reconcile()
    assert (code(report), names(gitlab)) == (7, {"old"})
    gitlab.passes(hours=1)
    report = gitlab.reconcile()
    assert (code(report), names(gitlab)) == (7, set())
    gitlab.world.faults.clear()
    gitlab.reconcile()
    assert names(gitlab) == set()


def test_a38_a39_and_when_it_is_back_what_is_still_in_time_is_granted(gitlab):
    asks_and_gets(gitlab)
    gitlab.outage()
    gitlab.reconcile()
    gitlab.world.faults.clear()
    gitlab.reconcile()
    assert names(gitlab) == {"inc-1"}


def test_a39_a_forge_that_is_slow_for_ever_ends_the_run_all_the_same(gitlab):
    asks_and_gets(gitlab)
    gitlab.world.faults.add("GET */notes*", faults.trickle(0.05), times=None)
    found = gitlab.landed(forge=gitlab.forge(limits=Limits(deadline=4.0, read=2.0)))
    assert "within 4 s" in found.message


def test_a40_no_other_place_ever_gets_the_token(gitlab):
    asks_and_gets(gitlab)
    with Server(lambda request: Answer.of([])) as elsewhere:
        for fault in (
            faults.redirect(f"{elsewhere.url}/api/v4/projects/300"),
            faults.redirect(f"{elsewhere.url}/api/v4/projects/300", 308),
            faults.headed(Link=f'<{elsewhere.url}/api/v4/projects/300/merge_requests/1/notes?page=2>; rel="next"'),
            faults.pointing_at(elsewhere.url),
        ):
            gitlab.world.faults.add("GET /api/*", fault, times=None)
            gitlab.reconcile()
            gitlab.world.faults.clear()
        assert not elsewhere.requests


@pytest.mark.parametrize("field", ["approved_by", "target_branch", "merged_at", "head_commit_sha", "system", "bot"])
def test_a41_a_field_that_is_no_more_makes_it_unknown(gitlab, field):
    asks_and_gets(gitlab)
    gitlab.world.faults.add("GET /api/*", faults.without(field), times=None)
    decision = gitlab.decision(report := gitlab.reconcile(), WHAT)
    assert isinstance(decision, Unknown)
    assert (code(report), gitlab.live()) == (7, [])
    assert field in decision.reasons[0].message
    gitlab.world.faults.clear()
    gitlab.reconcile()
    assert names(gitlab) == {"inc-1"}
