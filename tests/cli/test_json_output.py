"""What the commands print as JSON is what their schemas say, and an option that a schema does not know is told."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner

from gitops_breakglass.cli.main import main
from tests.cli.test_reconcile import installed
from tests.git.world import session

SCHEMAS = Path(__file__).parents[2] / "schemas" / "output"


def output(stage, *command):
    result = CliRunner().invoke(main, [*command, "--repo", str(stage.world.path), "--format", "json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.stdout


def printed(stage, *command):
    return json.loads(output(stage, *command))


def fits(name, data):
    validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / f"{name}.schema.json").read_text()))
    assert [error.message for error in validator.iter_errors(data)] == []
    assert not validator.is_valid({**data, "surprise": 1})


def asked(tmp_path):
    stage = installed(tmp_path)
    stage.alice.requests("prod/inc-1")
    return stage


@pytest.mark.parametrize("approved", [False, True])
def test_what_gate_prints(tmp_path, approved):
    stage = asked(tmp_path)
    if approved:
        stage.ben.approves("prod/inc-1", "go ahead")
    data = printed(stage, "gate", "--change", "breakglass/prod/inc-1")
    fits("gate", data)
    assert data["ready"] is approved


def test_what_plan_reconcile_revoke_and_status_print(tmp_path):
    stage = asked(tmp_path)
    fits("status", printed(stage, "status"))
    stage.ben.approves("prod/inc-1", "go ahead")
    stage.erin.requests("prod/inc-2", reason="INC-2")
    for name in ("inc-1", "inc-2"):
        stage.world.merge(f"prod/{name}")
    plan = printed(stage, "plan")
    fits("run", plan)
    assert [each["decision"] for each in plan["clusters"][1]["plan"]["judged"]] == ["granted", "denied"]
    fits("run", printed(stage, "reconcile", "--key", str(stage.folder / "reconciler")))
    status = printed(stage, "status")
    fits("status", status)
    assert [each["state"] for each in status["clusters"][1]["requests"]] == ["Approved", "Rejected"]
    fits("run", printed(stage, "revoke", "prod/inc-1"))


def test_what_an_unreachable_cluster_comes_to(tmp_path):
    stage = asked(tmp_path)
    (stage.world.path / "out" / "edge").rename(stage.folder / "gone")
    fits("run", printed(stage, "plan"))
    fits("status", printed(stage, "status"))


def test_no_runner_finds_a_command_in_what_is_printed_whatever_a_stranger_wrote(tmp_path):
    reason = "go ##vso[task.setvariable variable=x]y"
    stage = asked(tmp_path)
    stage.ben.approves("prod/inc-1", reason)
    stage.erin.requests("prod/inc-2", session("inc-2") + '  "##[error]x": 1\n')
    stage.world.merge("prod/inc-2")
    gate, plan = output(stage, "gate", "--change", "breakglass/prod/inc-1"), output(stage, "plan")
    assert json.loads(gate)["approvals"][0]["reason"] == reason
    assert any("##[error]x" in each["message"] for each in json.loads(plan)["clusters"][1]["plan"]["findings"])
    assert not re.search(r"##\w*\[", gate + plan)
