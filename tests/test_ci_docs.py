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
from gitops_breakglass.flows.init.forge import new_forge
from gitops_breakglass.flows.init.github import github_files
from gitops_breakglass.flows.init.gitlab import gitlab_files
from gitops_breakglass.model.identity import Provider
from tests.ci.linters import actionlint, zizmor

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "examples" / "access-repo"
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


TOOL = "acme/gitops-breakglass@0123456789abcdef0123456789abcdef01234567"
IMAGE = "registry.example.com/gitops-breakglass@sha256:" + "0123456789abcdef" * 4


def text_of(name):
    return re.search(rf"<!-- {name} -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)[1]


def shown(name):
    return yaml.safe_load(text_of(name))


def commands():
    """Each `gitops-breakglass` command that a CI server is told to run."""
    steps = [step.get("run", "") for step in shown("github")["jobs"]["check"]["steps"]]
    return [line for line in (*steps, *shown("gitlab")["check"]["script"]) if line.startswith("gitops-breakglass")]


def test_the_hook_that_the_page_names_is_there():
    (repository,) = shown("pre-commit")["repos"]
    assert [hook["id"] for hook in repository["hooks"]] == [HOOK["id"]]


def test_the_hook_runs_for_every_file_that_check_reads():
    pattern = re.compile(HOOK["files"])
    every = [path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*.yaml")]
    files = [file for file in every if not file.startswith("tests/")]
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
    table = PAGE[PAGE.index("| `--format` |") :].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| `([a-z][a-z-]*)` \|", table, re.MULTILINE)) == FORMATS


def test_the_workflow_that_the_page_shows_is_what_init_writes():
    forge = new_forge(Provider.GITHUB, "1", "https://github.com/acme/access", TOOL, None, None)
    files = github_files(forge, name="access", cluster="prod", owners=["ben"])
    assert text_of("gate") == files[".github/workflows/gate.yml"]
    assert {f"`{Path(path).name}`" for path in files if "/workflows/" in path} <= set(
        re.findall(r"`[a-z-]+\.yml`", PAGE)
    )


def test_the_pipeline_that_the_page_shows_is_what_init_writes():
    forge = new_forge(Provider.GITLAB, "1", "https://gitlab.example.com/acme/access", TOOL, None, IMAGE)
    files = gitlab_files(forge, name="access", cluster="prod", owners=["ben"])
    assert text_of("gitlab-components") == files[".gitlab-ci.yml"]


def test_the_page_has_each_component_with_each_of_its_inputs():
    told = dict(re.findall(r"^\| `([a-z-]+)`(?:, optional)? \| [^|]+ \|([^|]*)\|$", PAGE, re.MULTILINE))
    for file in (ROOT / "templates").glob("*/template.yml"):
        header = next(yaml.safe_load_all(file.read_text(encoding="utf-8")))
        inputs = set(header["spec"]["inputs"]) - {"image", "stage"}
        assert set(re.findall(r"`([a-z]+)`", told[file.parent.name])) == inputs


def test_the_step_that_the_page_shows_gives_the_action_what_it_takes():
    (step,) = shown("action")
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    assert set(step["with"]) <= set(inputs)
    assert step["uses"] == TOOL


def test_the_linters_are_content_with_the_check_that_the_page_shows(tmp_path):
    place = tmp_path / ".github" / "workflows" / "check.yml"
    place.parent.mkdir(parents=True)
    place.write_text(text_of("github"))
    assert actionlint({"check.yml": text_of("github")}) == []
    # Short on purpose: no comments, no names, no limits.
    assert {each.split(":")[0] for each in zizmor(tmp_path)} <= {
        "concurrency-limits",
        "undocumented-permissions",
        "anonymous-definition",
    }
