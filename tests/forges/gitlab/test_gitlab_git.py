"""git itself meets the fake GitLab over HTTP: fetching, pushing, and being told no."""

import os
import subprocess

import pytest

from tests.forges import faults
from tests.forges.gitlab.conftest import BRANCH, REQUEST


@pytest.fixture
def git(tmp_path):
    def run(*arguments):
        return subprocess.run(["git", "-c", "user.name=Alice", "-c", "user.email=alice@example.com", *arguments],
                              cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=False)  # fmt: skip

    return run


def with_token(world, token, name="oauth2"):
    return world.git_url.replace("://", f"://{name}:{token}@")


def test_a_token_fetches_what_was_proposed(world, iid, git):
    url = with_token(world, world.token("project", role=20, scopes=("read_repository",)))
    assert git("init", "--quiet", "--bare", "copy.git").returncode == 0
    ref = f"refs/merge-requests/{iid}/head"
    fetched = git("--git-dir=copy.git", "fetch", "--quiet", url, "+refs/heads/main:refs/heads/main", f"+{ref}:{ref}")
    assert fetched.returncode == 0, fetched.stderr
    assert git("--git-dir=copy.git", "rev-parse", ref).stdout.strip() == world.head(iid)
    assert git("--git-dir=copy.git", "rev-parse", "main").stdout.strip() == world.tip
    local = git("ls-remote", str(world.path), ref)
    assert local.stdout.split() == [world.head(iid), ref]


def test_who_may_fetch(world, git):
    good = {
        "job": with_token(world, world.token("job", user="alice"), "gitlab-ci-token"),
        "api": with_token(world, world.token("personal", user="alice", scopes=("api",))),
    }
    revoked = world.token("personal", user="alice", scopes=("api",))
    world.revoke_token(revoked)
    world.account("stranger")
    bad = {
        "401": world.git_url,
        "HTTP Basic: Access denied": with_token(world, revoked),
        "not allowed to download code": with_token(world, world.token("project", scopes=("read_api",))),
        "could not be found": with_token(world, world.token("personal", user="stranger", scopes=("api",))),
    }
    for url in good.values():
        assert git("ls-remote", url, "refs/heads/main").stdout.startswith(world.tip)
    for url in bad.values():
        assert git("ls-remote", url).returncode == 128
    answers = [each for each in world.requests if each.path.endswith("info/refs")]
    assert len(answers) >= len(good) + len(bad)


def test_a_public_project_is_fetched_by_anybody_and_pushed_to_by_nobody(make, git):
    world = make(visibility="public")
    assert git("ls-remote", world.git_url, "refs/heads/main").stdout.startswith(world.tip)
    git("init", "--quiet", "--bare", "copy.git")
    git("--git-dir=copy.git", "fetch", "--quiet", world.git_url, "main")
    assert git("--git-dir=copy.git", "push", world.git_url, "FETCH_HEAD:refs/heads/x").returncode == 128


@pytest.fixture
def clone(world, git, tmp_path):
    """A clone of alice's, and a way to commit to it."""
    token = world.token("personal", user="alice", scopes=("write_repository",))
    assert git("clone", "--quiet", with_token(world, token), "clone").returncode == 0

    def commit(branch, text, *words):
        git("-C", "clone", "checkout", "--quiet", "-B", branch)
        (tmp_path / "clone" / "file").write_text(text)
        git("-C", "clone", "add", "file")
        assert git("-C", "clone", "commit", "--quiet", "-m", text, *words).returncode == 0

    return commit


def push(git, *words):
    return git("-C", "clone", "push", "--quiet", "origin", *words)


def test_a_push_does_what_the_verb_does(world, git, clone):
    clone(BRANCH, "one")
    assert push(git, BRANCH).returncode == 0
    iid = world.open_mr("alice", BRANCH)
    clone(BRANCH, "two", "--amend")
    assert push(git, BRANCH).returncode == 1
    assert push(git, "--force", BRANCH).returncode == 0
    assert [each.body.split("\n")[0] for each in world.mr(iid).notes] == ["added 1 commit"]
    assert world.mr(iid).notes[0].author.username == "alice" and world.mr(iid).latest.head == world.head(iid)
    assert push(git, "--delete", BRANCH).returncode == 0
    assert world.mr(iid).notes[-1].body == f"deleted source branch `{BRANCH}`" and world.git.head(BRANCH) is None


def test_a_protected_branch_is_told_in_git_s_own_words(world, git, clone):
    before = world.tip
    clone("main", "one")
    refused = push(git, "main")
    assert refused.returncode == 1 and "[remote rejected] main -> main (pre-receive hook declined)" in refused.stderr
    assert "remote: GitLab: You are not allowed to push code to protected branches on this project." in refused.stderr
    world.add_member(None, "alice", 40)
    assert push(git, "main").returncode == 0 and world.tip != before
    clone("main", "two", "--amend")
    forced = push(git, "--force", "main")
    assert forced.returncode == 1 and "You are not allowed to force push" in forced.stderr
    assert "only delete protected branches" in push(git, "--delete", "main").stderr
    world.protect("main", allow_force_push=True)
    assert push(git, "--force", "main").returncode == 0
    assert push(git, "HEAD:refs/merge-requests/1/head").returncode == 1


def test_a_push_may_merge(world, git, clone, iid):
    """Whoever may push to main needs no approval for what they bring."""
    world.add_member(None, "alice", 40)
    git("-C", "clone", "fetch", "--quiet", "origin", f"refs/merge-requests/{iid}/head")
    assert push(git, "FETCH_HEAD:refs/heads/main").returncode == 0
    assert (world.mr(iid).state, world.mr(iid).merge_user.username) == ("merged", "alice")
    assert world.git.content(world.tip, REQUEST)


def test_git_meets_faults_too(world, git):
    url = with_token(world, world.token("personal", user="alice", scopes=("api",)))
    world.faults.add("GET /acme/access.git/info/refs*", faults.status(503))
    assert git("ls-remote", url).returncode == 128
    assert git("ls-remote", url).returncode == 0
