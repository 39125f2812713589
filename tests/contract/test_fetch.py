"""What is fetched from a forge, over git's own protocol: heads of changes, lost commits, and the default branch."""

import subprocess

import pytest

from gitops_breakglass.adapters.fetch import Heads
from gitops_breakglass.adapters.forge.access import open_access
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.model.forge import ForgeIdentity
from gitops_breakglass.model.identity import Provider
from gitops_breakglass.model.unread import Unread
from tests.forges.github import GithubWorld
from tests.forges.plumbing import Answer, Server

BRANCH = "breakglass/prod/inc-1"
FILE = {"requests/prod/inc-1.yaml": "kind: BreakglassSession\n"}


@pytest.fixture
def world(tmp_path):
    with GithubWorld(tmp_path / "forge") as world:
        world.account("alice")
        yield world


def git(folder, *words):
    return subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True, text=True).stdout.strip()


def clone_of(world, folder, url=None):
    """A clone of the default branch, whose remote is `url`."""
    subprocess.run(
        ["git", "clone", "-q", "--no-local", "--single-branch", world.bare.path, folder],
        check=True,
        capture_output=True,
    )
    git(folder, "remote", "set-url", "origin", url or world.bare.path)
    return GitRepository(folder, remote="origin")


def access_of(world, token):
    identity = ForgeIdentity(Provider.GITHUB, str(world.repository_id), world.api_url)
    environment = {"GITOPS_BREAKGLASS_API_URL": world.api_url, "GITOPS_BREAKGLASS_TOKEN": token or ""}
    return open_access(identity, "main", environment)


def test_the_heads_of_changes_are_those_that_the_forge_has_now(world, tmp_path):
    repository = clone_of(world, tmp_path / "clone")
    first = world.push("alice", BRANCH, FILE)
    world.open_pr("alice", BRANCH, "INC-1")
    other = world.push("alice", "other", {"requests/prod/inc-2.yaml": "x\n"})
    world.open_pr("alice", "other", "INC-2")
    heads = Heads(repository)
    assert heads.obtain(["refs/pull/1/head", "refs/pull/2/head"]) == {
        "refs/pull/1/head": first,
        "refs/pull/2/head": other,
    }
    second = world.push("alice", BRANCH, {"requests/prod/inc-1.yaml": "other\n"}, force=True)
    assert heads.obtain(["refs/pull/1/head"]) == {"refs/pull/1/head": second}
    # What a review was of is had by its id, though no branch has it any more.
    fresh = clone_of(world, tmp_path / "fresh")
    assert Heads(fresh).obtain([first]) == {first: first}
    assert (
        fresh.blobs([fresh.entry(first, "requests/prod/inc-1.yaml").blob]).popitem()[1] == b"kind: BreakglassSession\n"
    )


def test_one_that_is_not_there_keeps_no_other_from_being_fetched(world, tmp_path):
    repository = clone_of(world, tmp_path / "clone")
    first = world.push("alice", BRANCH, FILE)
    world.open_pr("alice", BRANCH, "INC-1")
    gone = "0123456789" * 4
    found = Heads(repository).obtain(["refs/pull/9/head", "refs/pull/1/head", gone])
    assert found["refs/pull/1/head"] == first
    assert isinstance(found["refs/pull/9/head"], Unread)
    assert isinstance(found[gone], Unread)


def test_many_heads_of_which_some_are_lost_take_few_calls(world, tmp_path):
    """A38: nobody has a run fetch a thousand times by what can't be had."""
    repository = clone_of(world, tmp_path / "clone", world.git_url)
    heads = Heads(repository, access_of(world, world.token("app")))
    for each in range(16):
        world.push("alice", f"branch-{each}", {"a": f"{each}"})
        world.open_pr("alice", f"branch-{each}", "A change")

    def fetched(numbers):
        before = len(world.requests)
        found = heads.obtain([f"refs/pull/{each}/head" for each in numbers])
        lost = [each for each in numbers if isinstance(found[f"refs/pull/{each}/head"], Unread)]
        return lost, sum("info/refs" in each.path for each in world.requests[before:])

    assert fetched(range(1, 17)) == ([], 1)
    assert fetched([*range(1, 8), 99, *range(8, 17)]) == ([99], 9)
    assert fetched(range(100, 140)) == ([*range(100, 140)], 32)


def test_commits_that_were_pushed_over_are_had_together(world, tmp_path):
    repository = clone_of(world, tmp_path / "clone")
    pushed = [world.push("alice", BRANCH, {"a": f"{each}"}, on="main", force=True) for each in range(8)]
    gone = "0123456789" * 4
    found = Heads(repository).obtain([*pushed[:4], gone, *pushed[4:]])
    assert [each for each in found if isinstance(found[each], Unread)] == [gone]
    assert [found[each] for each in pushed] == pushed


def test_the_default_branch_is_the_one_that_the_forge_has_now(world, tmp_path):
    repository = clone_of(world, tmp_path / "clone")
    before = repository.tip()
    world.push("alice", BRANCH, FILE)
    landing = world.merge("alice", world.open_pr("alice", BRANCH, "INC-1"))
    assert repository.tip() == before
    Heads(repository).update_default_branch()
    assert repository.tip() == landing
    # What is fetched stays away from the branches and tags of whoever's clone it is.
    assert git(tmp_path / "clone", "for-each-ref", "--format=%(refname)").splitlines() == [
        "refs/heads/main",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/main",
    ]


def test_the_token_opens_a_private_repository_and_is_in_no_file_and_no_message(world, tmp_path):
    token = world.token("actions")
    repository = clone_of(world, tmp_path / "clone", world.git_url)
    first = world.push("alice", BRANCH, FILE)
    world.open_pr("alice", BRANCH, "INC-1")
    refused = Heads(repository).obtain(["refs/pull/1/head"])["refs/pull/1/head"]
    assert isinstance(refused, Unread)
    assert "failed" in refused.message
    wrong = Heads(repository, access_of(world, "ghs_wrong")).obtain(["refs/pull/1/head"])["refs/pull/1/head"]
    assert isinstance(wrong, Unread)
    assert "ghs_wrong" not in wrong.message + wrong.hint
    assert Heads(repository, access_of(world, token)).obtain(["refs/pull/1/head"]) == {"refs/pull/1/head": first}
    config = tmp_path / "clone" / ".git" / "config"
    assert token not in config.read_text()


def test_a_remote_that_is_not_at_the_forge_is_not_told_the_token(world, tmp_path):
    secrets = []

    def listen(request):
        secrets.append(request.secret)
        return Answer(404)

    with Server(listen) as elsewhere:
        repository = clone_of(world, tmp_path / "clone", f"{elsewhere.url}/acme/access.git")
        with pytest.raises(RepositoryError, match="fetching from"):
            Heads(repository, access_of(world, world.token("actions"))).update_default_branch()
    assert secrets and not any(secrets)


def test_the_environment_leads_no_fetch_elsewhere(world, tmp_path, monkeypatch):
    repository = clone_of(world, tmp_path / "clone")
    tip = world.push("alice", "main", {"README.md": "newer\n"})
    for name in ("GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE", "GIT_NAMESPACE", "GIT_EXEC_PATH"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    Heads(repository).update_default_branch()
    assert repository.resolve("refs/remotes/origin/main") == tip


def test_without_a_remote_that_can_be_read_the_default_branch_is_not_taken_for_fresh(world, tmp_path):
    repository = clone_of(world, tmp_path / "clone", f"{world.api_url}/git/acme/nowhere.git")
    with pytest.raises(RepositoryError, match="fetching from"):
        Heads(repository, access_of(world, world.token("actions"))).update_default_branch()
    nameless = GitRepository(tmp_path / "clone")
    assert isinstance(Heads(nameless).obtain(["refs/pull/1/head"])["refs/pull/1/head"], Unread)


def test_a_clone_s_own_configuration_runs_nothing_while_fetching(world, tmp_path):
    repository = clone_of(world, tmp_path / "clone")
    folder, trace = tmp_path / "clone", tmp_path / "trace"
    hook = folder / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {trace}\n")
    hook.chmod(0o755)
    git(folder, "config", "core.fsmonitor", f"touch {trace}")
    world.push("alice", BRANCH, FILE)
    world.open_pr("alice", BRANCH, "INC-1")
    assert isinstance(Heads(repository).obtain(["refs/pull/1/head"])["refs/pull/1/head"], str)
    git(folder, "config", "protocol.ext.allow", "always")
    git(folder, "remote", "set-url", "origin", f"ext::sh -c touch% {trace}")
    assert isinstance(Heads(repository).obtain(["refs/pull/1/head"])["refs/pull/1/head"], Unread)
    assert not trace.exists()
