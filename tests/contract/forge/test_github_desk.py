"""What is said and done at GitHub, once each, and known again as ours."""

import pytest

from gitops_breakglass.core.comment import head_of
from gitops_breakglass.model.errors import RefusedError, UnreachableError, UsageError
from tests.contract.forge.calls import called
from tests.forges import faults
from tests.git.world import branch_of, path_of, session

WHAT = "prod/inc-1"
INC = path_of(WHAT)
SHOWN = "a" * 64


@pytest.fixture(params=["actions", "app", "fine"])
def writer(request, github):
    """A github whose token may write, of each kind."""
    github.world.account("robot")
    github.token = github.world.token(
        request.param,
        **({"login": "robot"} if request.param == "fine" else {}),
        contents="read", pull_requests="write", issues="write", metadata="read",
    )  # fmt: skip
    return github


def comments(github):
    return [each.body for each in github.world.comments.values()]


def test_there_is_one_comment_and_it_is_changed_in_its_place(writer):
    writer.alice.requests(WHAT)
    forge = writer.forge()
    forge.comment("#1", f"{head_of(None)}one")
    forge.comment("#1", f"{head_of(SHOWN)}two")
    assert comments(writer) == [f"{head_of(SHOWN)}two"]
    assert writer.proposed().shown == (SHOWN,)


def test_a_comment_that_says_so_already_is_left_alone(writer):
    writer.alice.requests(WHAT)
    forge = writer.forge()
    forge.comment("1", f"{head_of(None)}one\n")
    before = len(writer.world.requests)
    forge.comment("1", f"{head_of(None)}one")
    assert not [each for each in called(writer, before) if each.startswith(("POST /repos", "PATCH"))]


@pytest.mark.threat("E13")
def test_a_comment_with_our_mark_by_somebody_else_is_theirs(writer):
    writer.alice.requests(WHAT)
    planted = f"{head_of('b' * 64)}all is well"
    writer.world.comment("mallory", 1, planted)
    writer.forge().comment("#1", f"{head_of(SHOWN)}one")
    assert comments(writer) == [planted, f"{head_of(SHOWN)}one"]
    assert writer.proposed().shown == (SHOWN,)


def test_a_comment_whose_answer_was_lost_is_not_written_twice(writer):
    writer.alice.requests(WHAT)
    writer.world.faults.add("POST /repos/*/comments", faults.lost(faults.status(502)))
    text = f"{head_of(None)}one"
    with pytest.raises(UnreachableError):
        writer.forge().comment("#1", text)
    writer.forge().comment("#1", text)
    assert comments(writer) == [text]


def test_a_notice_is_a_comment_of_its_own_beside_the_gates_and_is_written_once(writer):
    writer.alice.requests(WHAT)
    gates = f"{head_of(SHOWN)}one"
    writer.forge().comment("#1", gates)
    writer.world.close("alice", 1)
    for _ in range(2):
        writer.forge().announce("#1", "u1/ended", "It ended.\n")
    writer.forge().announce("1", "u1/reminder", "It ends soon.\n")
    told = "<!-- gitops-breakglass:notice u1/ended -->\nIt ended.\n"
    assert comments(writer) == [gates, told, "<!-- gitops-breakglass:notice u1/reminder -->\nIt ends soon.\n"]
    writer.forge().comment("#1", f"{head_of(None)}two")
    assert comments(writer)[:2] == [f"{head_of(None)}two", told]


@pytest.mark.threat("E13")
def test_a_notice_planted_by_somebody_else_keeps_ours_from_nobody(writer):
    writer.alice.requests(WHAT)
    planted = "<!-- gitops-breakglass:notice u1/could-not-end -->\nAll is well.\n"
    writer.world.comment("mallory", 1, planted)
    writer.forge().announce("#1", "u1/could-not-end", "It could not be ended.\n")
    assert comments(writer) == [planted, planted.replace("All is well", "It could not be ended")]


def test_a_notice_whose_answer_was_lost_is_not_written_twice(writer):
    writer.alice.requests(WHAT)
    writer.world.faults.add("POST /repos/*/comments", faults.lost(faults.status(502)))
    with pytest.raises(UnreachableError):
        writer.forge().announce("#1", "u1/ended", "It ended.\n")
    writer.forge().announce("#1", "u1/ended", "It ended.\n")
    assert len(comments(writer)) == 1


def test_a_token_that_may_not_write_is_refused_with_what_it_lacks(github):
    github.alice.requests(WHAT)
    with pytest.raises(RefusedError) as refused:
        github.forge().comment("#1", f"{head_of(None)}one")
    assert "write" in refused.value.hint


def test_a_pull_request_is_opened_once(github):
    github.token = github.world.token("fine", "alice", contents="write", pull_requests="write", metadata="read")
    github.alice.commits({INC: session("inc-1")}, on=branch_of(WHAT))
    first = github.forge().open(branch_of(WHAT), title="INC-1", body="Connections time out")
    assert github.forge().open(branch_of(WHAT), title="INC-1", body="Connections time out") == first
    (pull,) = github.world.pulls.values()
    assert (pull.title, pull.body, pull.base) == ("INC-1", "Connections time out", "main")
    with pytest.raises(RefusedError):
        github.forge().open("nothing", title="x", body="x")


def test_one_whose_answer_was_lost_is_found(github):
    github.token = github.world.token("fine", "alice", contents="write", pull_requests="write", metadata="read")
    github.alice.commits({INC: session("inc-1")}, on=branch_of(WHAT))
    github.world.faults.add("POST /repos/*/pulls", faults.lost(faults.status(502)))
    assert github.forge().open(branch_of(WHAT), title="INC-1", body="x").endswith("/pull/1")
    assert len(github.world.pulls) == 1


def test_a_pull_request_is_closed_once_and_told_why(writer):
    writer.alice.requests(WHAT)
    for _ in range(2):
        writer.forge().close("#1", "It timed out.")
    assert (writer.world.pull(1).open, comments(writer)) == (False, ["It timed out."])
    assert writer.proposed().closed_at is not None


def test_one_that_somebody_closed_already_is_left_as_it_is(writer):
    writer.alice.requests(WHAT)
    writer.world.close("alice", 1)
    writer.forge().close("#1", "It timed out.")
    assert comments(writer) == []


def test_what_is_no_number_is_no_pull_request(github):
    with pytest.raises(UsageError):
        github.forge().comment("main", "x")
