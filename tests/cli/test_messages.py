"""What a newcomer is told when something is missing: what, and what to do next."""

import os
import shutil

from click.testing import CliRunner

from gitops_breakglass.cli.main import main
from tests.cli.example_clone import example_world
from tests.cli.test_reconcile import installed
from tests.e2e.attacks import WHAT, asks_and_gets

REQUEST = ("request", "prod-eu-1", "inc-1", "--escalation", "restart", "--duration", "1h", "--reason", "INC-1")


def told(*arguments, env=None):
    """Exit code, standard output and standard error of the whole command."""
    result = CliRunner().invoke(main, [str(each) for each in arguments], env=env, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_a_hint_of_several_lines_is_told_as_lines_that_can_be_typed(tmp_path):
    world = example_world(tmp_path)
    code, _, said = told(*REQUEST, "--repo", world.path, "--key", tmp_path / "no-such-key")
    assert code == 2
    assert "\\n" not in said
    assert "      git config --global gpg.format ssh" in said.splitlines()


def test_git_without_a_name_is_told_how_to_get_one(tmp_path):
    world = example_world(tmp_path)
    for name in ("user.name", "user.email"):
        world.git("config", "--unset-all", name)
    nameless = {each: None for each in os.environ if each.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_", "EMAIL"))}
    world.git("config", "user.useConfigOnly", "true")
    empty = {**nameless, "GIT_CONFIG_GLOBAL": os.devnull}
    code, _, said = told(*REQUEST, "--repo", world.path, "--key", world.person("alice").key, env=empty)
    assert (code, said.splitlines()) == (
        2,
        [
            "error: git does not know your name and e-mail, which a commit or tag needs",
            "  hint: tell git who you are; the e-mail is best one of yours in identities.yaml:",
            '      git config --global user.name "Your Name"',
            "      git config --global user.email you@example.com",
        ],
    )


def test_what_a_brake_holds_is_not_called_granted(tmp_path):
    stage = installed(tmp_path)
    asks_and_gets(stage)
    code, said, _ = told("reconcile", "--repo", stage.world.path, "--cluster", "prod")
    assert code == 5
    assert f"  held      {WHAT} to " in said
    assert "granted" not in said
    assert said.splitlines()[-1] == "  nothing changed"


def test_a_cluster_that_was_not_reached_is_not_said_to_need_nothing(tmp_path):
    stage = installed(tmp_path)
    shutil.rmtree(stage.world.path / "out" / "prod")
    code, said, _ = told("reconcile", "--repo", stage.world.path, "--cluster", "prod")
    assert code == 7
    assert said.splitlines()[0] == "prod"
    assert "nothing to do" not in said


def test_the_gate_of_a_branch_that_is_not_there_says_where_to_look(tmp_path):
    world = example_world(tmp_path)
    code, said, _ = told("gate", "--change", "nowhere", "--repo", world.path)
    assert code == 7
    assert "hint: give one that `git branch --all` lists, or fetch it first" in said


def test_credentials_of_one_s_own_are_for_one_api_server(tmp_path):
    stage = installed(tmp_path)
    code, _, said = told("status", "--repo", stage.world.path, "--context", "mine")
    assert (code, "--kubeconfig and --context are for one cluster" in said) == (2, True)
    for words in (["status", "prod/inc-1"], ["revoke", "prod/inc-1"], ["revoke", "--all", "--cluster", "prod"]):
        code, _, said = told(*words, "--repo", stage.world.path, "--context", "mine")
        assert (code, "prod is a folder of manifests" in said) == (2, True), words


def test_who_asks_for_a_request_that_no_run_has_decided_is_sent_to_the_plan(tmp_path):
    stage = installed(tmp_path)
    code, said, _ = told("status", "prod/inc-1", "--repo", stage.world.path)
    assert (code, said.splitlines()[1].strip().partition(": ")[0]) == (0, "nothing is known of inc-1")
    assert "`gitops-breakglass plan` says" in said
    assert told("status", "--cluster", "prod", "--repo", stage.world.path)[1].splitlines()[1] == "  no requests"


def test_who_goes_in_by_a_context_that_is_not_there_is_told_where_one_is_named(tmp_path):
    world = example_world(tmp_path)
    words = ("status", "prod-eu-1/inc-1", "--repo", world.path, "--kubeconfig", tmp_path / "none", "--context", "mine")
    code, said, _ = told(*words)
    assert (code, f"no usable kubeconfig {tmp_path / 'none'} with the context mine" in said) == (7, True)
