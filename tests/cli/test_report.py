"""`report` on a folder of manifests: what needs no API server, and what it refuses."""

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path

import jsonschema_rs
from click.testing import CliRunner

from gitops_breakglass.cli.main import main
from tests.cli.test_reconcile import installed

SCHEMA = Path(__file__).parents[2] / "schemas" / "output" / "report.schema.json"


def granted(tmp_path, reason="go ahead"):
    stage = installed(tmp_path)
    stage.alice.requests("prod/inc-1")
    stage.ben.approves("prod/inc-1", reason)
    stage.world.merge("prod/inc-1")
    CliRunner().invoke(main, ["reconcile", "--key", str(stage.folder / "reconciler"), "--repo", str(stage.world.path)])
    return stage


def called(stage, *arguments):
    return CliRunner().invoke(main, ["report", "prod/inc-1", *arguments, "--repo", str(stage.world.path)])


def test_a_folder_has_nothing_to_look_over_and_says_so(tmp_path):
    stage = granted(tmp_path)
    said = called(stage)
    assert said.exit_code == 0, said.output
    assert "approved by ben" in said.stdout
    assert "it has not ended" in said.stdout
    assert "There is no evidence" in said.stdout
    assert "This cluster is a folder of manifests" in said.stdout


def test_json_is_what_its_schema_says(tmp_path):
    data = json.loads(called(granted(tmp_path), "--format", "json").stdout)
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))
    assert [error.message for error in validator.iter_errors(data)] == []
    assert not validator.is_valid({**data, "surprise": 1})
    assert (data["used"], data["residue"]) == (None, None)


def test_what_people_wrote_is_no_command_link_or_mention_anywhere(tmp_path):
    stage = granted(tmp_path, "::error::x `code` @team ##vso[x] <b>\x1b[31m")
    text = called(stage).stdout
    assert "\x1b" not in text
    assert "##vso" not in text
    page = called(stage, "--format", "markdown").stdout
    (line,) = (line for line in page.splitlines() if "@team" in line)
    fences = page[: page.index(line)].count("```")
    assert fences % 2 == 1
    assert "\x1b" not in page


def test_a_request_without_a_record_is_told_as_that(tmp_path):
    stage = installed(tmp_path)
    said = called(stage)
    assert said.exit_code == 2
    assert "prod has no record of prod/inc-1" in said.stderr


def test_nothing_is_written_where_nothing_is_known_of_use(tmp_path):
    stage = granted(tmp_path)
    file, role = tmp_path / "next.yaml", tmp_path / "role.yaml"
    said = called(stage, "--next-request", str(file), "--next-role", str(role))
    assert said.exit_code == 3
    assert said.stderr == (
        f"{file} is not written: there is no evidence of what was used\n"
        f"{role} is not written: there is no evidence of what was used\n"
    )
    assert not file.exists()
    assert not role.exists()


def test_no_file_that_is_there_is_written_over(tmp_path):
    stage = granted(tmp_path)
    file = tmp_path / "next.yaml"
    file.write_text("mine")
    said = called(stage, "--next-request", str(file))
    assert said.exit_code == 2
    assert file.read_text() == "mine"


def test_a_cluster_that_is_not_configured_and_a_request_without_a_cluster_are_refused(tmp_path):
    stage = granted(tmp_path)
    repo = ["--repo", str(stage.world.path)]
    unknown = CliRunner().invoke(main, ["report", "nowhere/inc-1", *repo])
    assert (unknown.exit_code, "breakglass.yaml has no cluster nowhere" in unknown.stderr) == (2, True)
    nothing = CliRunner().invoke(main, ["report", "inc-1", *repo])
    assert (nothing.exit_code, "'inc-1' is no request" in nothing.stderr) == (2, True)


def test_an_audit_log_is_read_with_whatever_lines_are_in_it(tmp_path):
    stage = granted(tmp_path)
    log = tmp_path / "audit.log"
    log.write_bytes(b'{"kind":"Event"}\nno json\n\xff\xfe\n')
    said = called(stage, "--audit-log", str(log))
    assert said.exit_code == 0, said.output
    assert "There is no evidence" in said.stdout
    assert f"the audit log {log} tells nothing of the time in which access held" in said.stderr


def event(stage, seconds):
    """A call of somebody else so long after the request was granted."""
    (granted,) = (each for each in json.loads(called(stage, "--format", "json").stdout)["time"]["windows"])
    at = datetime.fromisoformat(granted["start"]) + timedelta(seconds=seconds)
    times = {each: at.isoformat().replace("+00:00", "Z") for each in ("requestReceivedTimestamp", "stageTimestamp")}
    user = {"user": {"username": "bob"}, "verb": "list", "auditID": str(seconds), "stage": "ResponseComplete"}
    return json.dumps({"kind": "Event", "apiVersion": "audit.k8s.io/v1", **user, **times}).encode() + b"\n"


def test_a_log_that_was_compressed_is_read_as_the_plain_one_is(tmp_path):
    stage = granted(tmp_path)
    logs = [tmp_path / "audit.log", tmp_path / "audit.log.1.gz"]
    logs[0].write_bytes(event(stage, 5) + b"no json\n")
    logs[1].write_bytes(gzip.compress(event(stage, -5)))
    said = called(stage, *(word for each in logs for word in ("--audit-log", str(each))))
    assert "used 0 (0 calls)" in said.stdout
    assert "1 line of it is no event" in said.stdout
    assert "of which it tells nothing" not in said.stdout


def test_a_log_that_is_cut_off_is_an_error_and_no_evidence(tmp_path):
    stage = granted(tmp_path)
    log = tmp_path / "audit.log.1.gz"
    log.write_bytes(gzip.compress(event(stage, -5))[:-12])
    said = called(stage, "--audit-log", str(log))
    assert (said.exit_code, said.stdout) == (2, "")
    assert f"the audit log {log} can't be read" in said.stderr


def configured(stage, log):
    """Name a log for the folder's cluster."""
    text = (stage.world.path / "breakglass.yaml").read_text()
    entry = "manifests: {folder: out/prod}\n"
    assert entry in text
    stage.world.policy({"breakglass.yaml": text.replace(entry, f"{entry}    auditLog: {{file: {log}}}\n", 1)})


def test_the_log_that_is_configured_is_read_and_one_that_a_pull_request_could_write_is_not(tmp_path):
    stage = granted(tmp_path)
    log = tmp_path / "audit.log"
    configured(stage, log)
    missing = called(stage)
    assert missing.stderr == f"The audit log {log} of breakglass.yaml can't be read here: No such file or directory.\n"
    log.write_bytes(event(stage, -5) + event(stage, 5))
    assert f"source: the audit log {log}" in called(stage).stdout
    inside = stage.world.path / "audit.log"
    inside.write_bytes(log.read_bytes())
    text = (stage.world.path / "breakglass.yaml").read_text()
    stage.world.policy({"breakglass.yaml": text.replace(str(log), str(inside))})
    assert "There is no evidence" in called(stage).stdout
