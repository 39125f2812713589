"""Both stages of the gate at the fake GitHub, for a change from a fork: the workflows as they stand, with the real program."""

import json

import pytest

from tests.ci.at_the_machines_time import GithubNow
from tests.git.world import path_of, session

WHAT = "prod/inc-1"
HOSTILE = "::error::$(touch pwned) @everyone <img src=x> `id` [x](https://evil.example.com)\n\n::add-mask::a"


@pytest.fixture
def stage(tmp_path):
    with GithubNow(tmp_path) as stage:
        yield stage


@pytest.fixture
def number(stage):
    """A pull request from alice's fork, which has a tool of her own in it."""
    fork = stage.world.fork("alice")
    stage.world.push("alice", "x", {path_of(WHAT): session("inc-1")}, message=HOSTILE, repository=fork)
    stage.changes[WHAT] = stage.world.open_pr("alice", "x", "$(touch pwned) ::error::", HOSTILE, fork=fork).number
    return stage.changes[WHAT]


def first(stage, number):
    known = {"github.event.pull_request.number": str(number), "github.event.merge_group.head_ref": ""}
    return stage.run("check", fork=True, **known)


def second(stage, artifact, head):
    known = {"github.event.workflow_run.id": "1", "github.event.workflow_run.head_sha": head}
    return stage.run("comment", artifacts={"gate": artifact}, **known)


def head_of(stage, number):
    return stage.bare.head(f"refs/pull/{number}/head")


def comments(stage, number):
    return [each.body for each in stage.world.comments.values() if each.number == number]


def test_from_a_fork_the_first_stage_says_what_is_missing_and_the_second_comments_once(stage, number):
    told, machine = first(stage, number)
    assert told.code == 3, told.output
    assert "ben" in told.summary
    assert json.loads(machine.artifacts["gate"].read_text())["change"] == f"#{number}"
    assert comments(stage, number) == []
    told, _ = second(stage, machine.artifacts["gate"], head_of(stage, number))
    assert told.code == 0, told.output
    (comment,) = comments(stage, number)
    assert "<!-- gitops-breakglass:gate -->" in comment
    told, _ = second(stage, machine.artifacts["gate"], head_of(stage, number))
    assert (told.code, len(comments(stage, number))) == (0, 1), told.output


def test_once_it_is_approved_the_gate_lets_it_pass_and_the_comment_follows(stage, number):
    _, machine = first(stage, number)
    second(stage, machine.artifacts["gate"], head_of(stage, number))
    (before,) = comments(stage, number)
    stage.ben.approves(WHAT)
    told, machine = first(stage, number)
    assert told.code == 0, told.output
    told, _ = second(stage, machine.artifacts["gate"], head_of(stage, number))
    (after,) = comments(stage, number)
    assert (told.code, after != before) == (0, True), told.output


def test_an_answer_of_another_head_is_not_used(stage, number):
    _, machine = first(stage, number)
    told, _ = second(stage, machine.artifacts["gate"], "0" * 40)
    assert (told.code, comments(stage, number)) == (2, []), told.output


@pytest.mark.threat("E9")
def test_e9_an_answer_that_names_somebody_else_s_pull_request_comments_on_neither(stage, number):
    stage.erin.requests("prod/inc-2")
    other = stage.changes["prod/inc-2"]
    _, machine = first(stage, number)
    answer = json.loads(machine.artifacts["gate"].read_text())
    machine.artifacts["gate"].write_text(json.dumps(answer | {"change": f"#{other}"}))
    told, _ = second(stage, machine.artifacts["gate"], head_of(stage, number))
    assert (told.code, comments(stage, number), comments(stage, other)) == (2, [], []), told.output
    assert "the head of the change is another one by now" in told.output


@pytest.mark.parametrize(
    "answer", [b"", b"{", b"[" * 100_000, b'{"change": "1"}' + b" " * 10_000_000, b"\x00\xff::error::"]
)
@pytest.mark.threat("E11")
def test_e11_an_answer_that_is_none_is_refused_and_said_without_a_word_of_it(stage, number, answer, tmp_path):
    (tmp_path / "gate.json").write_bytes(answer)
    told, _ = second(stage, tmp_path / "gate.json", head_of(stage, number))
    assert (told.code, comments(stage, number)) == (2, []), told.output
    assert "::" not in told.output


@pytest.mark.threat("E8", "E11")
def test_e8_e11_nothing_that_the_change_says_is_a_command_of_the_runner_or_a_word_of_the_shell(stage, number):
    told, machine = first(stage, number)
    commands = [line for line in told.output.splitlines() if line.startswith("::")]
    assert not [line for line in commands if not line.startswith(("::error", "::warning", "::notice"))]
    assert not [line for line in commands if "evil.example.com" in line or "touch" in line]
    assert "<img" not in told.summary
    assert "@everyone" not in told.summary
    assert not list(machine.place.rglob("pwned"))
