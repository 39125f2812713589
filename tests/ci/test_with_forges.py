"""Our workflows and components as they stand, with the real program, at the fake forges: merged, granted, refused, made up for."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from tests.ci.at_the_machines_time import GithubBegun, GithubLate, GithubNow, GitlabLate, GitlabNow
from tests.forges.faults import status

WHAT = "prod/inc-1"


@pytest.fixture
def github(tmp_path):
    with GithubNow(tmp_path) as stage:
        yield stage


@pytest.fixture
def gitlab(tmp_path):
    with GitlabNow(tmp_path) as stage:
        yield stage


def approved_and_merged(stage, what=WHAT, **words):
    stage.alice.requests(what, **words)
    stage.ben.approves(what)
    stage.ben.merges(what)


def test_at_github_what_was_approved_and_merged_is_granted_with_the_job_s_own_token(github):
    approved_and_merged(github)
    ended, _ = github.run("reconcile")
    assert ended.code == 0, ended.output
    assert f"granted   {WHAT} to alice@example.com, approved by ben" in ended.output
    assert len(github.bindings()) == 1
    again, _ = github.run("reconcile")
    assert (again.code, len(github.bindings())) == (0, 1), again.output


def test_at_github_what_nobody_approved_or_what_is_over_is_not_granted(github):
    github.alice.requests(WHAT)
    github.dana.merges(WHAT)
    approved_and_merged(github, "prod/inc-2", duration="5m")
    github.run("reconcile")
    assert github.bindings() == []


def test_at_github_nothing_new_is_granted_while_it_is_down_and_the_next_run_makes_up_for_it(github):
    approved_and_merged(github)
    github.world.faults.add("GET /repos/*", status(503), times=None)
    ended, _ = github.run("reconcile")
    assert (ended.code, github.bindings()) == (7, []), ended.output
    github.world.faults.clear()
    ended, _ = github.run("reconcile")
    assert (ended.code, len(github.bindings())) == (0, 1), ended.output


def test_in_a_repository_that_init_made_the_request_that_its_page_fills_in_is_granted(tmp_path):
    with GithubBegun(tmp_path) as stage:
        (link,) = yaml.safe_load(stage.made[".github/ISSUE_TEMPLATE/config.yml"])["contact_links"]
        asked = parse_qs(urlsplit(link["url"]).query)
        stage.alice.commits({asked["filename"][0]: asked["value"][0]}, on="patch-1")
        stage.alice.opens("patch-1")
        stage.ben.approves("patch-1")
        stage.ben.merges("patch-1", "squash")
        ended, _ = stage.run("reconcile")
        assert ended.code == 0, ended.output
        assert "granted   prod/inc-4711 to alice@example.com, approved by ben" in ended.output
        assert len(stage.bindings()) == 1


def test_at_gitlab_what_was_approved_and_merged_is_granted_with_a_token_that_reads(gitlab):
    approved_and_merged(gitlab)
    token = gitlab.world.token("project", scopes=("read_api",))
    code, output, _ = gitlab.run("reconcile", token=token)
    assert code == 0, output
    assert f"granted   {WHAT} to alice@example.com, approved by ben" in output
    assert len(gitlab.bindings()) == 1
    code, output, _ = gitlab.run("reconcile", token=token)
    assert (code, len(gitlab.bindings())) == (0, 1), output


def test_at_gitlab_a_job_s_own_token_finds_out_nothing_and_grants_nothing(gitlab):
    approved_and_merged(gitlab)
    code, output, _ = gitlab.run("reconcile")
    assert (code, gitlab.bindings()) == (7, []), output
    assert "read_api" in output


def test_at_gitlab_what_nobody_approved_is_not_granted(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.dana.merges(WHAT)
    gitlab.run("reconcile", token=gitlab.world.token("project", scopes=("read_api",)))
    assert gitlab.bindings() == []


def test_at_gitlab_the_gate_passes_once_it_is_approved_and_leaves_its_reports(gitlab):
    gitlab.alice.requests(WHAT)
    change, token = gitlab.changes[WHAT], gitlab.world.token("project", role=20, scopes=("read_api",))
    code, output, clone = gitlab.run("gate", change=change, token=token)
    assert code == 3, output
    assert "ben" in (clone / "gate.md").read_text()
    assert sorted(each.name for each in clone.iterdir()) == [".git", "gate.json", "gate.md"]
    gitlab.ben.approves(WHAT)
    code, output, _ = gitlab.run("gate", change=change, token=token)
    assert code == 0, output


def test_at_gitlab_a_gate_with_a_job_s_own_token_says_that_it_does_not_know(gitlab):
    gitlab.alice.requests(WHAT)
    gitlab.ben.approves(WHAT)
    code, output, clone = gitlab.run("gate", change=gitlab.changes[WHAT])
    assert code == 7, output
    assert (clone / "gate.json").exists()


def test_at_gitlab_a_gate_that_is_told_to_comments_once(gitlab):
    gitlab.alice.requests(WHAT)
    change, token = gitlab.changes[WHAT], gitlab.world.token("project", role=20, scopes=("api",))
    for _ in range(2):
        code, output, _ = gitlab.run("gate", change=change, token=token, comment=True)
        assert code == 3, output
    notes = [each for each in gitlab.world.mr(change).notes if not each.system]
    assert len(notes) == 1
    assert "<!-- gitops-breakglass:gate -->" in notes[0].body


def test_at_github_what_timed_out_is_closed_and_nothing_else(tmp_path):
    with GithubLate(tmp_path) as stage:
        stage.alice.requests(WHAT)
        stage.world.clock.advance(hours=4, minutes=50)
        stage.erin.requests("prod/inc-2")
        ended, _ = stage.run("close-timed-out")
        assert ended.code == 0, ended.output
        assert [stage.world.pull(stage.changes[each]).open for each in (WHAT, "prod/inc-2")] == [False, True]


def test_at_gitlab_what_timed_out_is_closed_and_nothing_else(tmp_path):
    with GitlabLate(tmp_path) as stage:
        stage.alice.requests(WHAT)
        stage.world.clock.advance(hours=4, minutes=50)
        stage.erin.requests("prod/inc-2")
        code, output, _ = stage.run("close-timed-out", token=stage.world.token("project", scopes=("api",)))
        assert code == 0, output
        states = [stage.world.mr(stage.changes[each]).state for each in (WHAT, "prod/inc-2")]
        assert states == ["closed", "opened"]


def test_at_gitlab_check_writes_what_its_widgets_show(gitlab):
    gitlab.alice.requests(WHAT, "kind: BreakglassSession\n")
    code, output, clone = gitlab.run("check", change=gitlab.changes[WHAT])
    assert code == 3, output
    shown = json.loads((clone / "codequality.json").read_text())
    assert "requests/prod/inc-1.yaml" in {each["location"]["path"] for each in shown}
    assert "inc-1.yaml" in (clone / "junit.xml").read_text()
