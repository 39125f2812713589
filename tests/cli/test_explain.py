"""`explain` at the command line: what it prints, in both formats, and how it exits."""

import json
import re
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner

from gitops_breakglass.cli.main import main
from tests.cli.test_reconcile import installed, reconcile
from tests.git.world import session

SCHEMA = Path(__file__).parents[2] / "schemas" / "output" / "explain.schema.json"
EXEC = ["create", "pods/exec", "db-0", "-n", "web", "--cluster", "prod"]
TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(Z| UTC)")


def run(stage, *words):
    """Exit code, standard output with every time as TIME, and standard error."""
    done = CliRunner().invoke(main, ["explain", *words, "--repo", str(stage.world.path)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, TIME.sub("TIME", done.stdout), done.stderr


@pytest.fixture
def stage(tmp_path):
    stage = installed(tmp_path)
    stage.alice.requests("prod/inc-1")
    stage.ben.approves("prod/inc-1", "go")
    stage.world.merge("prod/inc-1")
    reconcile(stage)
    return stage


def test_who_has_access_is_told_through_which_request_and_rule(stage):
    assert run(stage, "alice", *EXEC) == (
        0,
        (
            "may alice (as alice@example.com) create pods/exec db-0 in namespace web on prod at TIME?\n"
            "yes: request prod/inc-1 (escalation/pod-shell-access) gives it until TIME, by `create pods/exec (core)` of "
            "ClusterRole pod-exec-access (policies/shell.yaml:19:3) on the whole cluster\n"
            "requests:\n"
            "  prod/inc-1  open  (requests/prod/inc-1.yaml)\n"
            "      escalation/pod-shell-access; until TIME\n"
            "      TIME to TIME\n"
            "      holds it: create pods/exec (core), of ClusterRole pod-exec-access (policies/shell.yaml:19:3), everywhere\n"
            "offered:\n"
            "  escalation pod-shell-access  open  (policies/shell.yaml:4:3)\n"
            "      holds it: create pods/exec (core), of ClusterRole pod-exec-access (policies/shell.yaml:19:3), everywhere\n"
        ),
        "",
    )


def test_who_has_none_is_told_what_would_change_it(stage):
    code, out, err = run(stage, "ben", *EXEC)
    assert (code, err) == (3, "")
    assert out.splitlines()[1:3] == [
        "no: no request of ben on prod gives it",
        (
            "change: add ben to `allowed` of escalation pod-shell-access (policies/shell.yaml:4:3), which gives it; "
            "ben is not among those who may ask for it"
        ),
    ]


def test_from_the_repository_alone_no_cluster_is_asked_and_the_answer_is_unknown(stage):
    (stage.world.path / "out").rename(stage.folder / "gone")
    code, out, err = run(stage, "alice", *EXEC, "--no-cluster")
    assert (code, err) == (7, "")
    assert out.splitlines()[1].startswith("unknown: request prod/inc-1 (escalation/pod-shell-access) would give it, by")
    assert out.splitlines()[-2:] == [
        "not known here:",
        "  prod was not asked: neither decisions, nor its own roles, pods and labels are known here",
    ]


@pytest.mark.parametrize("words", [[], ["--no-cluster"], ["--at", "2020-01-01T00:00:00Z"]], ids=" ".join)
@pytest.mark.parametrize("subject", ["alice", "ben", "nobody"])
def test_programs_are_told_the_same(stage, subject, words):
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
    done = CliRunner().invoke(
        main, ["explain", subject, *EXEC, *words, "--format", "json", "--repo", str(stage.world.path)]
    )
    said = json.loads(done.stdout)
    assert [error.message for error in validator.iter_errors(said)] == []
    assert not validator.is_valid({**said, "surprise": 1})
    assert done.exit_code == {"yes": 0, "no": 3, "unknown": 7}[said["answer"]]


def test_a_pod_that_is_handed_in_is_judged(stage, tmp_path):
    pod = tmp_path / "pod.yaml"
    pod.write_text("kind: Secret\n", encoding="utf-8")
    with_pod = ["--pod", str(pod)]
    code, out, err = run(stage, "alice", *EXEC, *with_pod)
    assert (code, out) == (2, "")
    assert "a pod is wanted, and there is Secret" in err
    pod.write_text("kind: Pod\nspec: {containers: [{name: app}]}\n", encoding="utf-8")
    assert run(stage, "alice", *EXEC, *with_pod)[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["get", "pods", "--cluster", "nowhere"], "breakglass.yaml has no cluster nowhere"),
        (["get", "pods", "--cluster", "nowhere", "--no-cluster"], "the policy side has no cluster nowhere"),
        (["get", "pods", "--cluster", "prod", "--at", "today"], "--at: 'today' is no RFC 3339 time"),
        (["get", "/metrics", "x", "--cluster", "prod"], "a URL has no name, namespace or group"),
        (["get", "jobs.batch", "--group", "apps", "--cluster", "prod"], "jobs.batch is of group batch"),
        (["get", "pods", "--cluster", "prod", "--namespace-labels", "x"], "'x' is no `key=value`"),
    ],
)
def test_what_can_t_be_asked_is_a_mistake_of_usage(stage, words, message):
    code, out, err = run(stage, "alice", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {message}") or message in err


def test_groups_urls_and_names_are_asked_about_as_people_write_them(stage):
    question = run(stage, "alice", "patch", "deployments.apps/scale", "shop", "-n", "web", "--cluster", "prod")[1]
    assert question.startswith(
        "may alice (as alice@example.com) patch deployments/scale.apps shop in namespace web on prod"
    )
    question = run(stage, "alice", "get", "/metrics", "--cluster", "prod")[1]
    assert question.startswith("may alice (as alice@example.com) get /metrics on prod at")


def test_nothing_that_a_stranger_writes_is_a_command_for_a_terminal_or_a_runner(stage):
    stage.mallory.commits({"requests/prod/inc-2.yaml": session("inc-2", reason="##vso[x]y")}, on="main")
    for form in ("text", "json"):
        code, out, _ = run(stage, "\x1b[2Jalice##[error]", *EXEC, "--format", form)
        assert code == 3
        assert "\x1b" not in out
        assert not re.search(r"##\w*\[", out)


def test_nothing_is_written_anywhere(stage):
    def files():
        return {path: path.read_bytes() for path in stage.world.path.rglob("*") if path.is_file()}

    subprocess.run(["git", "status"], cwd=stage.world.path, check=True, capture_output=True)
    before = files()
    run(stage, "alice", *EXEC)
    assert files() == before
