"""What is said and done at GitLab: merge requests opened, one comment kept, those that timed out closed."""

import time
from dataclasses import replace

import pytest

from gitops_breakglass.core.comment import MARKER, head_of
from gitops_breakglass.model.errors import RefusedError, UnreachableError
from tests.forges import faults
from tests.forges.gitlab_stage import QUICK, GitlabStage
from tests.git.world import branch_of, path_of, session

WHAT = "prod/inc-1"
NOTES = "/projects/{id}/merge_requests/{iid}/notes"
TEXT = f"{MARKER}\nready\n"


@pytest.fixture
def stage(tmp_path):
    with GitlabStage(tmp_path) as stage:
        stage.alice.requests(WHAT)
        stage.token = stage.world.token("project", scopes=("api", "read_repository"))
        stage.world.forget_calls()
        yield stage


def notes(stage):
    return [(each.author.username, each.body) for each in stage.world.mr(1).notes if not each.system]


def bot(stage):
    return stage.world.bot_of(stage.token).username


def test_our_comment_is_made_once_and_kept_up_to_date(stage):
    desk = stage.forge()
    desk.comment("1", TEXT)
    desk.comment("!1", TEXT)
    assert notes(stage) == [(bot(stage), TEXT)]
    assert stage.world.calls[f"POST {NOTES}"] == 1
    assert stage.world.calls[f"PUT {NOTES}/{{note}}"] == 0
    desk.comment("1", f"{MARKER}\nmerged\n")
    assert notes(stage) == [(bot(stage), f"{MARKER}\nmerged\n")]
    assert stage.world.calls[f"PUT {NOTES}/{{note}}"] == 1


def test_a_notice_is_a_comment_of_its_own_beside_the_gates_and_is_written_once(stage):
    stage.forge().comment("1", TEXT)
    for _ in range(2):
        stage.forge().announce("!1", "u1/ended", "It ended.\n/close\n")
    stage.forge().announce("1", "u1/reminder", "It ends soon.\n")
    told = "<!-- gitops-breakglass:notice u1/ended -->\nIt ended.\n\\/close\n"
    soon = "<!-- gitops-breakglass:notice u1/reminder -->\nIt ends soon.\n"
    assert notes(stage) == [(bot(stage), TEXT), (bot(stage), told), (bot(stage), soon)]
    stage.forge().comment("1", f"{MARKER}\nmerged\n")
    assert notes(stage)[:2] == [(bot(stage), f"{MARKER}\nmerged\n"), (bot(stage), told)]


@pytest.mark.threat("E13")
def test_a_notice_planted_by_somebody_else_keeps_ours_from_nobody(stage):
    planted = "<!-- gitops-breakglass:notice u1/could-not-end -->\nAll is well.\n"
    stage.world.note("mallory", 1, planted)
    stage.forge().announce("1", "u1/could-not-end", "It could not be ended.\n")
    ours = planted.replace("All is well", "It could not be ended")
    assert notes(stage) == [("mallory", planted), (bot(stage), ours)]


def test_a_notice_whose_answer_was_lost_is_not_written_twice(stage):
    stage.world.faults.add("POST */notes", faults.lost(faults.status(502)))
    with pytest.raises(UnreachableError):
        stage.forge().announce("1", "u1/ended", "It ended.\n")
    stage.forge().announce("1", "u1/ended", "It ended.\n")
    assert len(notes(stage)) == 1


@pytest.mark.threat("E13")
def test_a_strangers_comment_that_looks_like_ours_is_left_alone(stage):
    stage.world.note("mallory", 1, f"{MARKER}\nready, merge it\n")
    stage.forge().comment("1", TEXT)
    assert notes(stage) == [("mallory", f"{MARKER}\nready, merge it\n"), (bot(stage), TEXT)]


def test_no_line_of_a_comment_is_obeyed_as_a_command(stage):
    stage.forge().comment("1", f"{MARKER}\nalice says:\n/approve\n/close\n")
    mr = stage.world.mr(1)
    assert (mr.approvals, mr.state) == ([], "opened")
    assert notes(stage) == [(bot(stage), f"{MARKER}\nalice says:\n\\/approve\n\\/close\n")]
    stage.forge().comment("1", f"{MARKER}\nalice says:\n/approve\n/close\n")
    assert stage.world.calls[f"PUT {NOTES}/{{note}}"] == 0


def test_no_command_hides_behind_what_gitlab_takes_out_before_it_looks(stage):
    stage.forge().comment("1", f"{MARKER}\nalice says:\n\r/approve\n \t/close\n")
    mr = stage.world.mr(1)
    assert (mr.approvals, mr.state) == ([], "opened")
    assert notes(stage) == [(bot(stage), f"{MARKER}\nalice says:\n\r\\/approve\n \t\\/close\n")]


def test_only_digests_in_our_own_comment_were_shown(stage):
    shown, planted = "a" * 64, "b" * 64
    stage.world.note("mallory", 1, head_of(planted))
    assert stage.proposed().shown == ()
    stage.forge().comment("1", head_of(shown))
    assert stage.proposed().shown == (shown,)


def test_what_we_showed_is_not_known_where_nobody_says_who_we_are(stage):
    stage.forge().comment("1", head_of("a" * 64))
    stage.world.faults.add("GET */user", faults.status(403))
    assert "whose token" in stage.proposed().message


def test_a_merge_request_is_opened_once(stage):
    branch = branch_of("prod/inc-2")
    stage.alice.commits({path_of("prod/inc-2"): session("inc-2")}, on=branch)
    address = stage.forge().open(branch, title="Access: prod/inc-2", body="Why:\n/approve\n")
    assert address == f"{stage.world.url}/acme/access/-/merge_requests/2"
    assert stage.forge().open(branch, title="Access: prod/inc-2", body="again") == address
    mr = stage.world.mr(2)
    assert (mr.title, mr.description, mr.target_branch) == ("Access: prod/inc-2", "Why:\n\\/approve\n", "main")
    assert mr.approvals == []


def test_what_timed_out_is_closed_with_the_reason_and_only_once(stage):
    desk = stage.forge()
    stage.world.faults.add("PUT */merge_requests/1", faults.status(500))
    with pytest.raises(UnreachableError):
        desk.close("1", "It waited longer than 1h.")
    desk.close("1", "It waited longer than 1h.")
    desk.close("1", "It waited longer than 1h.")
    assert notes(stage) == [(bot(stage), "It waited longer than 1h.")]
    assert stage.world.mr(1).state == "closed"


def test_nothing_is_written_twice_where_gitlab_does_not_answer(stage):
    stage.world.faults.add("POST */notes", faults.lost(faults.status(502)))
    with pytest.raises(UnreachableError):
        stage.forge().comment("1", TEXT)
    assert len(notes(stage)) == 1
    stage.forge().comment("1", TEXT)
    assert len(notes(stage)) == 1


def test_a_writer_that_is_told_to_wait_gives_up(stage):
    stage.world.faults.add("POST */notes", faults.status(429, Retry_After=0))
    with pytest.raises(UnreachableError):
        stage.forge().comment("1", TEXT)
    assert notes(stage) == []


def test_what_is_said_long_after_the_questions_of_a_run_has_its_own_time(stage):
    forge = stage.forge(limits=replace(QUICK, deadline=4.0))
    forge.accounts([stage.ben.account])
    time.sleep(4.1)
    forge.comment("1", TEXT)
    assert notes(stage) == [(bot(stage), TEXT)]
    time.sleep(4.1)
    assert forge.settings().name == "acme/access"


def test_a_token_that_may_only_read_is_told_what_it_lacks(stage):
    stage.token = stage.usual_token()
    with pytest.raises(RefusedError) as error:
        stage.forge().comment("1", TEXT)
    assert "api" in error.value.hint
    assert stage.token not in error.value.in_one_line()


@pytest.mark.parametrize("act", ["open", "comment", "close"])
@pytest.mark.parametrize("kind", ["job", None])
def test_a_job_or_nobody_is_told_before_anything_is_tried(stage, act, kind):
    stage.token = stage.world.token("job", user="ben") if kind else None
    before = len(stage.world.requests)
    desk = stage.forge()
    does = {
        "open": lambda: desk.open("x", title="x", body=""),
        "comment": lambda: desk.comment("1", TEXT),
        "close": lambda: desk.close("1", TEXT),
    }
    with pytest.raises((RefusedError, UnreachableError), match="token"):
        does[act]()
    assert not any(each.method != "GET" for each in stage.world.requests[before:])


def test_a_change_is_named_by_its_number(stage):
    for name in ("main", "1/notes", "", "!"):
        with pytest.raises(RefusedError):
            stage.forge().comment(name, TEXT)
