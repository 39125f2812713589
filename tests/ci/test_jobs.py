"""Whole jobs of our workflows, run on real repositories: what the program is called with, and what lies on the disk then."""

import json
import subprocess

import pytest

from tests.ci.runner import Runner, workflow

# Writes down its words and every file that it could reach, and what it was given to comment with.
TOOL = """\
#!/usr/bin/env bash
printf '%s\\n' "$@" >"$RUNNER_TEMP/words"
echo "$GITOPS_BREAKGLASS_TOKEN" >"$RUNNER_TEMP/token"
find . -path ./access/.git -prune -o -type f -print | sort >"$RUNNER_TEMP/files"
git -C access rev-parse HEAD >"$RUNNER_TEMP/commit"
for word in "$@"; do
  case $word in json=*) echo '{"change": "7"}' >"${word#json=}" ;; markdown=*) echo '# told' >"${word#markdown=}" ;; esac
done
exit "${ENDS_WITH:-0}"
"""
HOSTILE = [
    "a;touch${IFS}pwned",
    "$(touch${IFS}pwned)",
    "`touch${IFS}pwned`",
    "x\"'&&touch${IFS}pwned",
    "::error::x",
    "pr-9-abc",
]


def git(place, *words):
    told = subprocess.run(["git", *words], cwd=place, capture_output=True, text=True, check=True)
    return told.stdout.strip()


@pytest.fixture
def origin(tmp_path):
    """An access repository with a change that would take over every tool that runs from its files."""
    place = tmp_path / "origin"
    place.mkdir()
    git(place, "init", "--quiet", "--initial-branch=main")
    git(place, "config", "user.name", "a")
    git(place, "config", "user.email", "a@example.com")
    (place / "breakglass.yaml").write_text("kind: Configuration\n")
    git(place, "add", ".")
    git(place, "commit", "--quiet", "-m", "Begin")
    git(place, "switch", "--quiet", "--create", f"change-{HOSTILE[0]}")
    for name in ("action.yml", "pip.py", "venv.py", "requirements.txt", ".github/workflows/gate.yml"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("open('pwned', 'w')\n")
    git(place, "add", ".")
    git(place, "commit", "--quiet", "-m", "$(touch pwned) ::error::")
    git(place, "update-ref", "refs/pull/7/head", "HEAD")
    git(place, "switch", "--quiet", "main")
    return place


@pytest.fixture
def runner(tmp_path, origin):
    values = {
        "github.event.repository.default_branch": "main",
        "github.event.pull_request.number": "7",
        "github.event.merge_group.head_ref": "",
        "github.event.workflow_run.id": "1234",
        "github.event.workflow_run.head_sha": git(origin, "rev-parse", "refs/pull/7/head"),
        "github.ref": "refs/heads/main",
        "github.ref_name": "main",
        "secrets.BREAKGLASS_TOKEN": "",
        "secrets.BREAKGLASS_APP_KEY": "the App's key",
        "secrets.RECONCILER_KEY": "the key",
        "secrets.BREAKGLASS_KUBECONFIG": "",
    }
    runner = Runner(tmp_path / "runner", origin, values)
    runner.put_tool(TOOL)
    return runner


def run(runner, name, **inputs):
    (job,) = workflow(name)["jobs"].values()
    declared = workflow(name)["on"]["workflow_call"]["inputs"]
    return runner.run_job(job, {each: said["default"] for each, said in declared.items()} | inputs)


def said(runner, name):
    return (runner.temp / name).read_text().splitlines()


@pytest.mark.threat("E7")
def test_e7_on_a_change_only_the_default_branch_is_on_the_disk(runner, origin):
    ended = run(runner, "check")
    assert (ended.code, ended.output) == (0, "")
    assert said(runner, "files") == ["./access/breakglass.yaml"]
    assert said(runner, "commit") == [git(origin, "rev-parse", "main")]
    assert said(runner, "token") == ["ghs_jobtoken"]
    assert not list(runner.place.rglob("pwned"))


def test_the_gate_is_asked_about_the_pull_request_and_tells_it_in_every_place(runner):
    ended = run(runner, "check")
    assert said(runner, "words") == [
        *("gate", "--repo", "access", "--branch", "main", "--remote", "origin", "--change", "7", "--format", "github"),
        *("--report", f"json={runner.temp}/gate.json", "--report", f"markdown={runner.place}/summary"),
    ]
    assert ended.summary == "# told\n"
    assert json.loads(runner.artifacts["gate"].read_text()) == {"change": "7"}


@pytest.mark.parametrize("code", [3, 7])
def test_the_answer_reaches_the_second_stage_whatever_it_is(runner, code):
    runner.env["ENDS_WITH"] = str(code)
    assert run(runner, "check").code == code
    assert runner.artifacts["gate"].exists()


def test_in_a_merge_queue_the_gate_is_asked_about_the_pull_request_that_the_queue_names(runner):
    sha = "0123456789abcdef0123456789abcdef01234567"
    runner.values |= {
        "github.event.pull_request.number": "",
        "github.event.merge_group.head_ref": f"refs/heads/gh-readonly-queue/main/pr-12-{sha}",
    }
    assert run(runner, "check").code == 0
    assert said(runner, "words")[7:9] == ["--change", "12"]


@pytest.mark.parametrize("name", [*HOSTILE, "", "refs/heads/main", "refs/heads/gh-readonly-queue/main/pr-$(id)-0a"])
@pytest.mark.threat("E8")
def test_e8_what_is_no_number_of_a_pull_request_stops_the_job(runner, name):
    runner.values |= {"github.event.pull_request.number": "", "github.event.merge_group.head_ref": name}
    ended = run(runner, "check")
    assert ended.code == 2
    assert ended.output == (
        "::error::this event belongs to no pull request; run it on pull_request, pull_request_review and merge_group\n"
    )
    assert not (runner.temp / "words").exists()
    assert not list(runner.place.rglob("pwned"))


@pytest.mark.parametrize("name", [each for each in HOSTILE if "::" not in each])
@pytest.mark.threat("E8")
def test_e8_no_name_of_a_branch_is_read_by_a_shell(runner, origin, name):
    git(origin, "branch", "--move", "main", name)
    runner.values["github.event.repository.default_branch"] = name
    assert run(runner, "check").code == 0
    assert said(runner, "words")[3:5] == ["--branch", name]
    assert not list(runner.place.rglob("pwned"))


def test_the_second_stage_asks_again_with_what_the_event_says_of_the_head(runner, origin):
    run(runner, "check")
    runner.values["secrets.BREAKGLASS_TOKEN"] = "ghp_reads_teams"
    (runner.temp / "token").unlink()
    subprocess.run(["rm", "-rf", runner.workspace / "access"], check=True)
    assert run(runner, "comment").code == 0
    head = git(origin, "rev-parse", "refs/pull/7/head")
    assert said(runner, "words") == [
        *("gate", "--repo", "access", "--branch", "main", "--remote", "origin"),
        *("--first-stage", f"{runner.temp}/first-stage/gate.json", "--head", head, "--comment"),
        *("--report", f"markdown={runner.place}/summary"),
    ]
    assert said(runner, "token") == ["ghp_reads_teams"]
    assert said(runner, "files") == ["./access/breakglass.yaml"]


@pytest.mark.parametrize("name, right", [("comment", "write"), ("close-timed-out", "write"), ("reconcile", "read")])
def test_an_app_s_token_goes_before_others_and_has_only_the_rights_that_the_job_needs(runner, name, right):
    runner.artifacts["gate"] = runner.place / "gate.json"
    runner.artifacts["gate"].write_text("{}")
    runner.values["secrets.BREAKGLASS_TOKEN"] = "ghp_reads_teams"
    assert run(runner, name, **{"client-id": "Iv1.0"}).code == 0
    assert said(runner, "token") == ["ghs_app"]
    rights = {key: value for key, value in runner.app.items() if key.startswith("permission-")}
    assert rights == {"permission-contents": "read", "permission-members": "read", "permission-pull-requests": right}


@pytest.mark.threat("E11")
def test_e11_the_first_stage_s_answer_never_reaches_the_log_or_a_shell(runner):
    run(runner, "check")
    hostile = '{"change": "$(touch pwned)"}\n::add-mask::x\n::set-output name=y::z\n'
    runner.artifacts["gate"].write_text(hostile)
    subprocess.run(["rm", "-rf", runner.workspace / "access"], check=True)
    ended = run(runner, "comment")
    assert (ended.code, ended.output) == (0, "")
    assert (runner.temp / "first-stage" / "gate.json").read_text() == hostile
    assert not list(runner.place.rglob("pwned"))


def test_the_reconciler_runs_on_the_tip_with_its_key(runner, origin):
    (origin / "later").write_text("")
    git(origin, "add", ".")
    git(origin, "commit", "--quiet", "-m", "Later than the event")
    ended = run(runner, "reconcile")
    assert (ended.code, ended.output) == (0, "")
    words = said(runner, "words")
    assert words[:-1] == ["reconcile", "--repo", "access", "--branch", "main", "--remote", "origin", "--key"]
    assert words[-1].endswith("/reconciler.key")
    assert said(runner, "commit") == [git(origin, "rev-parse", "main")]
    assert not list(runner.temp.glob("private.*"))


@pytest.mark.threat("E9")
def test_e9_the_kubeconfig_of_the_workflow_goes_before_a_secret_that_whoever_may_push_could_have_planted(runner):
    program = runner.temp / "gitops-breakglass" / "bin" / "gitops-breakglass"
    program.write_text('#!/bin/sh\ncat "$KUBECONFIG"\n')
    runner.values["secrets.BREAKGLASS_KUBECONFIG"] = "kind: Secret"
    assert run(runner, "reconcile", kubeconfig="kind: Open").output == "kind: Open\n"
    subprocess.run(["rm", "-rf", runner.workspace / "access"], check=True)
    assert run(runner, "reconcile").output == "kind: Secret\n"


def test_what_timed_out_is_closed_with_the_jobs_own_token(runner):
    assert run(runner, "close-timed-out").code == 0
    assert said(runner, "words") == ["close-timed-out", "--repo", "access", "--branch", "main", "--remote", "origin"]
    assert said(runner, "token") == ["ghs_jobtoken"]
