"""The deny policies of `examples/deny-policies`: they answer as their cases say, and an access repository takes them."""

import json
import shutil
from pathlib import Path

from click.testing import CliRunner

from gitops_breakglass.cli.main import main

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDER = EXAMPLES / "deny-policies"


def test_the_command_of_the_example_prints_what_its_page_says(monkeypatch):
    monkeypatch.chdir(EXAMPLES.parent)
    command, said = (
        (FOLDER / "README.md").read_text(encoding="utf-8").partition("$ gitops-breakglass ")[2].split("\n")[:2]
    )
    done = CliRunner().invoke(main, command.split())
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{said}\n", "")


def test_an_access_repository_takes_the_policies_of_the_example(tmp_path, monkeypatch):
    shutil.copytree(EXAMPLES / "access-repo", tmp_path / "access")
    # In the place of its own, which deny some of the same calls.
    for own, theirs in (("policies/deny", "policies"), ("tests", "tests")):
        shutil.rmtree(tmp_path / "access" / own)
        shutil.copytree(FOLDER / theirs, tmp_path / "access" / own)
    monkeypatch.chdir(tmp_path / "access")
    done = CliRunner().invoke(main, ["check"])
    assert done.exit_code == 0
    assert "error[" not in done.stdout
    assert "warning[" not in done.stdout
    done = CliRunner().invoke(main, ["policy", "test", "tests"])
    assert done.exit_code == 0
    assert done.stdout == "10 passed, 0 failed\n"


def test_the_deny_policies_of_the_access_repository_answer_as_its_cases_say_and_for_prod_alone(monkeypatch):
    monkeypatch.chdir(EXAMPLES / "access-repo")
    done = CliRunner().invoke(main, ["policy", "test", "tests"])
    assert (done.exit_code, done.stdout, done.stderr) == (0, "9 passed, 0 failed\n", "")
    review = {"resourceAttributes": {"verb": "delete", "resource": "secrets", "namespace": "shop", "name": "db-orders"}}
    asked = json.dumps({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": review})
    answers = {
        cluster: CliRunner()
        .invoke(main, ["policy", "check", "--cluster", cluster], input=asked)
        .stdout.partition(" ")[0]
        for cluster in ("prod-eu-1", "staging-eu-1")
    }
    assert answers == {"prod-eu-1": "deny", "staging-eu-1": "no-match\n"}
