"""`gate` at the command line: its two stages on changes of strangers, its comment, and its exit codes."""

import json

import pytest
from click.testing import CliRunner

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.cli.main import main
from gitops_breakglass.core.comment import is_gate_comment
from gitops_breakglass.flows.gate import gate
from gitops_breakglass.model.unread import Unread
from tests.cli.test_json_output import fits
from tests.cli.test_reconcile import installed
from tests.contract.forge.words import STAGES
from tests.e2e.test_gate_on_forges import comments, writing
from tests.git.world import path_of, session

WHAT = "prod/inc-1"


@pytest.fixture(params=STAGES)
def stage(request, tmp_path):
    with STAGES[request.param](tmp_path) as stage:
        # The command line has the machine's clock.
        stage.world.clock.now = SystemClock().now()
        yield stage


def run(stage, *options, token=None, code=0):
    """Standard output of the gate as a job runs it, with the token that the job has."""
    environment = {"GITOPS_BREAKGLASS_TOKEN": token or stage.token, "GITOPS_BREAKGLASS_API_URL": stage.api_url}
    command = ["gate", "--repo", str(stage.clone), "--remote", "origin", *map(str, options)]
    result = CliRunner().invoke(main, command, env=environment)
    assert result.exit_code == code, result.output
    assert stage.token not in result.output
    return result


def first_stage(stage, tmp_path, what=WHAT, *, token=None, code=3):
    """What a job without rights hands to the next one."""
    file = tmp_path / "gate.json"
    run(stage, "--change", stage.changes[what], "--report", f"json={file}", token=token, code=code)
    return file


def gates(stage, what=WHAT):
    return [text for text in comments(stage, what) if is_gate_comment(text)]


def test_the_second_stage_says_what_it_finds_itself(stage, tmp_path):
    head = stage.alice.requests(WHAT)
    file = first_stage(stage, tmp_path)
    data = json.loads(file.read_text())
    fits("gate", data)
    lie = {**data, "ready": True, "decision": "approved", "remaining": ["merge it now"], "mayApprove": ["mallory"]}
    file.write_text(json.dumps(lie))
    second = run(stage, "--first-stage", file, "--head", head, "--comment", token=writing(stage), code=3)
    (text,) = gates(stage)
    assert "### gitops-breakglass gate: not ready to merge\n" in text
    assert "mallory" not in text + second.output


def test_once_it_is_approved_both_stages_end_well(stage, tmp_path):
    head = stage.alice.requests(WHAT)
    stage.ben.approves(WHAT)
    file = first_stage(stage, tmp_path, code=0)
    run(stage, "--first-stage", file, "--head", head, "--comment", token=writing(stage))
    assert "### gitops-breakglass gate: ready to merge\n" in gates(stage)[0]


def test_a_first_stage_that_names_another_change_has_nothing_said_anywhere(stage, tmp_path):
    head = stage.alice.requests(WHAT)
    stage.erin.requests("prod/inc-2")
    file = first_stage(stage, tmp_path)
    data = json.loads(file.read_text())
    file.write_text(json.dumps({**data, "change": str(stage.changes["prod/inc-2"])}))
    result = run(stage, "--first-stage", file, "--head", head, "--comment", token=writing(stage), code=2)
    assert result.stdout == ""
    assert "error: the head of the change is another one by now" in result.stderr
    assert gates(stage) == gates(stage, "prod/inc-2") == []


def test_a_push_between_the_stages_leaves_it_to_its_own_run(stage, tmp_path):
    head = stage.alice.requests(WHAT)
    file = first_stage(stage, tmp_path)
    stage.alice.commits({path_of(WHAT): session("inc-1", duration="30m")}, on=f"breakglass/{WHAT}")
    run(stage, "--first-stage", file, "--head", head, "--comment", token=writing(stage), code=2)
    assert gates(stage) == []


def test_a_change_that_is_not_there_is_unknown_and_nothing_is_said(stage, tmp_path):
    head = stage.alice.requests(WHAT)
    file = first_stage(stage, tmp_path)
    file.write_text(json.dumps({**json.loads(file.read_text()), "change": "4711"}))
    run(stage, "--first-stage", file, "--head", head, "--comment", token=writing(stage), code=7)
    assert gates(stage) == []


def test_a_first_stage_that_is_broken_is_a_mistake_of_usage_and_is_not_repeated(stage, tmp_path):
    head = stage.alice.requests(WHAT)
    file = tmp_path / "gate.json"
    file.write_text("::add-mask::x\n##[error]y")
    result = run(stage, "--first-stage", file, "--head", head, "--comment", token=writing(stage), code=2)
    assert "add-mask" not in result.output and "##" not in result.output


def test_a_forge_that_is_down_is_unknown(stage):
    stage.alice.requests(WHAT)
    stage.outage()
    run(stage, "--change", stage.changes[WHAT], code=7)
    stage.world.faults.clear()


def test_a_comment_that_may_not_be_written_is_told(stage):
    stage.alice.requests(WHAT)
    environment = {"GITOPS_BREAKGLASS_TOKEN": stage.token, "GITOPS_BREAKGLASS_API_URL": stage.api_url}
    command = ["gate", "--repo", str(stage.clone), "--remote", "origin", "--comment", "--change"]
    result = CliRunner().invoke(main, [*command, str(stage.changes[WHAT])], env=environment)
    assert result.exit_code != 0 and "not ready to merge" in result.stdout and "error: " in result.stderr


def test_what_timed_out_is_closed_at_the_command_line(stage):
    stage.world.clock.advance(hours=-2)
    stage.alice.requests(WHAT)
    stage.world.clock.advance(hours=2)
    environment = {"GITOPS_BREAKGLASS_TOKEN": writing(stage), "GITOPS_BREAKGLASS_API_URL": stage.api_url}
    command = ["close-timed-out", "--repo", str(stage.clone), "--remote", "origin"]
    dry = CliRunner().invoke(main, [*command, "--dry-run", "--format", "json"], env=environment)
    fits("close-timed-out", json.loads(dry.stdout))
    assert json.loads(dry.stdout)["changes"][0]["result"] == "would be closed"
    done = CliRunner().invoke(main, command, env=environment)
    assert (done.exit_code, "  prod/inc-1  closed: nobody approved it within 1h" in done.stdout) == (0, True)
    again = CliRunner().invoke(main, command, env=environment)
    assert (again.exit_code, again.stdout) == (0, "nothing has timed out\n")


def test_plain_git_has_nowhere_to_comment_and_nothing_to_close(tmp_path):
    local = installed(tmp_path)
    local.alice.requests(WHAT)
    at = ("--repo", str(local.world.path))
    for command in (["gate", "--change", f"breakglass/{WHAT}", "--comment"], ["close-timed-out"]):
        result = CliRunner().invoke(main, [*command, *at])
        assert (result.exit_code, "plain git has no place" in result.stderr) == (2, True)
    dry = CliRunner().invoke(main, ["close-timed-out", "--dry-run", *at])
    assert (dry.exit_code, dry.stdout) == (0, "nothing has timed out\n")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--change", "1", "--first-stage", "gate.json"),
        ("--first-stage", "gate.json"),
        ("--change", "1", "--head", "main"),
    ],
)
def test_what_is_asked_for_has_to_be_clear(tmp_path, options):
    local = installed(tmp_path)
    result = CliRunner().invoke(main, ["gate", *options, "--repo", str(local.world.path)])
    assert result.exit_code == 2
    assert result.stdout == ""


def test_the_cluster_itself_says_what_it_adds(tmp_path):
    local = installed(tmp_path)
    local.alice.requests(WHAT)
    told = {}
    for options in ((), ("--cluster", "prod"), ("--cluster", "edge")):
        command = ["gate", "--change", f"breakglass/{WHAT}", *options, "--format", "json"]
        result = CliRunner().invoke(main, [*command, "--repo", str(local.world.path)])
        data = json.loads(result.stdout)
        told[options[-1:]] = (data["effect"]["live"], data["unknown"], data["shown"]["digest"])
    nothing = ["what prod itself binds to pod-exec-access is not known here"]
    assert [each[:2] for each in told.values()] == [(False, nothing), (True, []), (False, nothing)]
    assert len({each[2] for each in told.values()}) == 1


def test_a_cluster_that_does_not_answer_is_said_to_be_unknown_and_the_policy_side_is_told(tmp_path):
    local = installed(tmp_path)
    local.alice.requests(WHAT)
    now = SystemClock().now()
    proposal = gate(
        local.sources(), f"breakglass/{WHAT}", now=now, ask=lambda name: Unread(f"{name}: no route to host")
    )
    assert (proposal.effect.is_live, len(proposal.effect.places)) == (False, 1)
    assert proposal.effect.unknown[0] == "prod could not be asked: prod: no route to host"
