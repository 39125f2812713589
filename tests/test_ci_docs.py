"""What docs/ci.md shows to paste fits what there is: the hook, the commands, the formats."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from gitops_breakglass.cli.main import main
from gitops_breakglass.cli.telling import FORMATS
from gitops_breakglass.core.read.kinds import is_policy_path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "access-repo"
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def shown(name):
    return yaml.safe_load(re.search(rf"<!-- {name} -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)[1])


def commands():
    """Each `gitops-breakglass` command that a CI server is told to run."""
    steps = [step.get("run", "") for step in shown("github")["jobs"]["check"]["steps"]]
    return [line for line in (*steps, *shown("gitlab")["check"]["script"]) if line.startswith("gitops-breakglass")]


def test_the_hook_that_the_page_names_is_there():
    (repository,) = shown("pre-commit")["repos"]
    assert [hook["id"] for hook in repository["hooks"]] == [HOOK["id"]]


def test_the_hook_runs_for_every_file_that_check_reads():
    pattern = re.compile(HOOK["files"])
    files = [path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*.yaml")]
    assert [file for file in files if not pattern.search(file)] == []
    assert any(is_policy_path(file) for file in files)
    assert not pattern.search("docs/x.yaml")
    assert not pattern.search("requests/prod/x.txt")


def test_the_hook_s_entry_is_a_command_that_passes_the_example(tmp_path):
    program, *arguments = HOOK["entry"].split()
    assert program == "gitops-breakglass"
    assert CliRunner().invoke(main, [*arguments, str(EXAMPLE)]).exit_code == 0


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_page_runs_and_writes_its_reports(command, tmp_path):
    words = shlex.split(command.replace("$GITHUB_STEP_SUMMARY", "summary.md"))[1:]
    written = [word.partition("=")[2] for word in words if "=" in word]
    placed = [
        f"{form}={tmp_path / file}" if file else form for form, _, file in (word.partition("=") for word in words)
    ]
    assert CliRunner().invoke(main, [*placed, str(EXAMPLE)]).exit_code == 0
    assert [file for file in written if not (tmp_path / file).exists()] == []


def test_the_page_has_every_format():
    assert tuple(re.findall(r"^\| `([a-z][a-z-]*)` \|", PAGE, re.MULTILINE)) == FORMATS
