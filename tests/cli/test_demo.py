"""`demo` as it is called: the story comes true on this machine, and where it does not, that is a failure."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitops_breakglass.adapters.shell import FolderShell
from gitops_breakglass.cli.main import main
from gitops_breakglass.flows.demo import Scene, story
from gitops_breakglass.flows.story import Telling, TurnedOutOtherwise, tell
from gitops_breakglass.model.story import Ended, Go, Run, Say

TYPED = """\
cd PLACE
export GIT_CONFIG_GLOBAL=$PWD/gitconfig GIT_CONFIG_NOSYSTEM=1
git config --file gitconfig user.name demo
git config --file gitconfig user.email demo@example.com
mkdir keys
ssh-keygen -q -t ed25519 -N '' -C alice@example.com -f keys/alice
ssh-keygen -q -t ed25519 -N '' -C ben@example.com -f keys/ben
gitops-breakglass init access --cluster demo --min-duration 5s --person alice alice@example.com keys/alice.pub \
--person ben ben@example.com keys/ben.pub
cd access
gitops-breakglass check
cat policies/pod-shell.yaml
gitops-breakglass install --cluster demo --apply
gitops-breakglass request demo inc-1 --escalation pod-shell --duration 20s --reason 'INC-1: checkout answers with 502' \
--key ../keys/alice
gitops-breakglass gate --change breakglass/demo/inc-1
gitops-breakglass approve demo/inc-1 --reason 'go ahead' --key ../keys/ben --yes
gitops-breakglass gate --change breakglass/demo/inc-1
git merge --no-ff -m 'Merge breakglass/demo/inc-1' breakglass/demo/inc-1
gitops-breakglass plan --exit-code
gitops-breakglass reconcile --key ../access-reconciler.key
gitops-breakglass status
cat out/demo/clusterrole/_cluster/*.yaml out/demo/clusterrolebinding/_cluster/*.yaml
sleep 20
cd ..
gitops-breakglass sweep --manifests access/out/demo
find access/out/demo -type f -path '*role*'
cd access
gitops-breakglass status
cat requests/demo/inc-1.yaml
gitops-breakglass plan --exit-code
"""

HOSTILE = """\
[commit]
\tgpgsign = true
[tag]
\tgpgsign = true
[gpg]
\tprogram = false
[gpg "ssh"]
\tprogram = false
[merge]
\tff = only
[core]
\thooksPath = /dev/null/hooks
\tbare = true
[init]
\tdefaultBranch = trunk
"""


def typed_in(output):
    return [line.removeprefix("$ ") for line in output.splitlines() if line.startswith("$ ")]


def test_the_whole_story_comes_true_whatever_git_is_configured_to(tmp_path):
    config = tmp_path / "gitconfig"
    config.write_text(HOSTILE)
    programs = Path(sys.executable).parent
    told = subprocess.run(
        [programs / "gitops-breakglass", "demo", "--folder", "with space", "--seconds", "20"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "GIT_CONFIG_GLOBAL": str(config),
            "GIT_DIR": str(tmp_path / "elsewhere"),
            "GIT_AUTHOR_EMAIL": "mallory@example.com",
            "GITOPS_BREAKGLASS_PLAN_REPO": str(tmp_path),
        },
    )
    assert told.returncode == 0, told.stdout + told.stderr
    place = tmp_path / "with space"
    assert [line.replace(f"'{place}'", "PLACE") for line in typed_in(told.stdout)] == TYPED.splitlines()
    assert told.stderr == ""
    assert "\x1b" not in told.stdout
    assert config.read_text() == HOSTILE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gitconfig", "with space"]
    assert told.stdout.endswith(f"Everything is in {place}.\n")
    assert not [path for path in (place / "access" / "out").rglob("*role*/**/*") if path.is_file()]


def test_a_step_that_fails_stops_the_demo_with_its_output_and_fails_it(tmp_path):
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "mkdir").write_text("#!/bin/sh\necho no room left\nexit 9\n")
    (broken / "mkdir").chmod(0o755)
    (broken / "gitops-breakglass").write_text("#!/bin/sh\n")
    shown = []
    shell = FolderShell(tmp_path, programs=broken)
    with pytest.raises(TurnedOutOtherwise, match=re.escape("`mkdir keys` was to exit with 0, and exited with 9")):
        tell(story(Scene(10)), shell, Telling(shown.append, shown.append, shown.append))
    assert shown[-2:] == ["mkdir keys", "no room left\n"]


def test_the_exit_code_of_a_demo_that_fails_is_not_zero(tmp_path):
    # Without a shell's usual programs: not even a key can be made.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to("/bin/true")
    told = CliRunner().invoke(main, ["demo", "--folder", str(tmp_path / "d")], env={"PATH": str(tmp_path / "bin")})
    assert told.exit_code == 1
    assert told.stderr == (
        f"\nThe demo stops here: `mkdir keys` was to exit with 0, and exited with 127. "
        f"Its folder is left as it is: {tmp_path / 'd'}\n"
    )
    assert (tmp_path / "d").is_dir()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("mine")
    told = CliRunner().invoke(main, ["demo", "--folder", str(tmp_path)])
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr == f"error: {tmp_path} is not empty\n  hint: name a new folder\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


class Scripted:
    """A shell whose lines end as they are said to."""

    def __init__(self, **ends):
        self.ends = ends
        self.ran = []

    def run(self, line, folder):
        self.ran.append((folder, line))
        return self.ends.get(line, Ended(0, ""))


def heard():
    lines = []
    return lines, Telling(lines.append, lambda line: lines.append(f"$ {line}"), lines.append)


def test_a_story_shows_each_line_before_what_it_prints_in_the_folder_that_it_went_to():
    lines, telling = heard()
    shell = Scripted(a=Ended(0, "one\n"))
    tell((Say("First."), Run("a"), Go("access", "access"), Run("b"), Go(".", ".."), Run("c")), shell, telling)
    assert lines == ["First.", "$ a", "one\n", "$ cd access", "$ b", "", "$ cd ..", "$ c", ""]
    assert shell.ran == [(".", "a"), ("access", "b"), (".", "c")]


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (Run("a"), "`a` was to exit with 0, and exited with 3"),
        (Run("a", code=4), "`a` was to exit with 4, and exited with 3"),
        (Run("a", code=3, prints=("one", "two")), "`a` was to print 'two', and did not"),
        (Run("a", code=3, nothing=True), "`a` was to print nothing"),
    ],
)
def test_a_story_stops_where_something_turns_out_otherwise(step, why):
    lines, telling = heard()
    shell = Scripted(a=Ended(3, "one\n"))
    with pytest.raises(TurnedOutOtherwise, match=re.escape(why)):
        tell((step, Run("b")), shell, telling)
    assert lines == ["$ a", "one\n"]
    tell((Run("a", code=3, prints=("one",)),), shell, telling)


def test_a_shell_without_the_command_on_its_search_path_says_so_in_what_it_shows(tmp_path):
    programs = tmp_path / "venv"
    programs.mkdir()
    (programs / "gitops-breakglass").write_text("#!/bin/sh\n")
    assert FolderShell(tmp_path, programs=programs).preamble() == (
        f"cd {tmp_path}",
        "export GIT_CONFIG_GLOBAL=$PWD/gitconfig GIT_CONFIG_NOSYSTEM=1",
        f"export PATH={programs}:$PATH",
    )
