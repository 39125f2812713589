"""The commands `doctor` and `identities check` on a repository with the local forge."""

import json
import subprocess

from click.testing import CliRunner

from gitops_breakglass.cli.main import main
from tests.cli.test_json_output import fits
from tests.cli.test_reconcile import installed


def run(stage, *command, path=None):
    result = CliRunner().invoke(main, [*command, "--repo", str(path or stage.world.path)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


def told(result):
    data = json.loads(result.stdout)
    fits("doctor", data)
    return {(each["cluster"], each["check"]): each["verdict"] for each in data["diagnoses"]}


def test_doctor_tells_what_is_there_and_what_has_not_run_yet(tmp_path):
    stage = installed(tmp_path)
    key = ("--key", str(stage.folder / "reconciler"))
    before = run(stage, "doctor", "--format", "json", *key)
    assert (before.exit_code, told(before)) == (
        3,
        {
            (None, "clone"): "ok",
            (None, "policy-side"): "ok",
            **{
                (cluster, check): verdict
                for cluster in ("edge", "prod")
                for check, verdict in (
                    ("cluster-reachable", "ok"),
                    ("trust-root", "ok"),
                    ("reconciler-key", "ok"),
                    ("reconciled", "warning"),
                )
            },
        },
    )
    assert run(stage, "reconcile", *key).exit_code == 0
    after = run(stage, "doctor", "--cluster", "prod")
    assert (after.exit_code, after.stdout.splitlines()[-1]) == (
        0,
        "  ok         reconciled: the last run saw the newest commit of the default branch",
    )


def test_doctor_tells_of_what_landed_since_and_of_another_key(tmp_path):
    stage = installed(tmp_path)
    run(stage, "reconcile", "--key", str(stage.folder / "reconciler"))
    stage.alice.requests("prod/inc-1")
    stage.world.merge("prod/inc-1")
    found = told(run(stage, "doctor", "--format", "json", "--key", str(stage.world.root / "keys" / "alice")))
    assert {name: verdict for name, verdict in found.items() if verdict != "ok"} == {
        (cluster, check): verdict
        for cluster in ("edge", "prod")
        for check, verdict in (("reconciled", "warning"), ("reconciler-key", "error"))
    }


def test_doctor_says_what_a_shallow_clone_is(tmp_path):
    stage = installed(tmp_path)
    clone = tmp_path / "shallow"
    source = f"file://{stage.world.path}"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", source, str(clone)], check=True)
    result = run(stage, "doctor", "--format", "json", path=clone)
    assert result.exit_code == 3
    assert told(result)[None, "clone"] == "error"


def test_doctor_takes_another_way_to_one_cluster_only(tmp_path):
    stage = installed(tmp_path)
    refused = run(stage, "doctor", "--kubeconfig", "x")
    assert (refused.exit_code, "--kubeconfig and --context are for one cluster" in refused.stderr) == (2, True)


def test_doctor_goes_on_past_a_cluster_that_does_not_answer(tmp_path):
    stage = installed(tmp_path)
    run(stage, "reconcile", "--key", str(stage.folder / "reconciler"))
    result = run(stage, "doctor", "--cluster", "prod", "--kubeconfig", str(tmp_path / "none"), "--format", "json")
    assert (result.exit_code, told(result)["prod", "cluster-reachable"]) == (7, "not known")


def test_identities_without_accounts_have_nothing_to_compare(tmp_path):
    stage = installed(tmp_path)
    result = run(stage, "identities", "check")
    assert result.exit_code == 0
    assert "error" not in result.stdout
