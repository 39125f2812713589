"""Odd and hostile clones: names are names, nothing in the repository is run, and half a clone is refused."""

import subprocess

import pytest

from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.ports import TreeEntry
from tests.contract.policy_clone import INC, clone, policy_world, statuses
from tests.git.world import World


@pytest.fixture
def world(tmp_path):
    return policy_world(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["we\nird.yaml", "::error::x.yaml", ":000000 100644 x.yaml", "tab\tbed.yaml", '"quoted".yaml', "-x.yaml", " .yaml"],
)
def test_odd_file_names_are_names(world, name):
    path = f"requests/prod/{name}"
    landed = world.policy({path: "x\n", INC: "y\n"})
    repository = world.repository()
    assert {touch.path for touch in repository.touches(landed)} == {path, INC}
    assert repository.entry(landed, path) == next(each for each in repository.entries(landed) if each.path == path)


@pytest.mark.parametrize("name", [":(glob)*.yaml", ":!a.yaml", "*.yaml", "[a].yaml"])
def test_a_file_name_is_no_pattern(world, name):
    blob = world.git("hash-object", "-w", "--stdin", given="x\n")
    world.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
    world.git("commit", "--quiet", "-m", "odd")
    assert world.repository().entry(world.tip, name) == TreeEntry(name, "100644", blob, 2)


def test_a_file_name_that_is_no_unicode_can_be_printed(world):
    blob = world.git("hash-object", "-w", "--stdin", given="x\n")
    world.run("git", "update-index", "-z", "--index-info", given=b"100644 " + blob.encode() + b"\trequests/prod/\xff\0")
    world.git("commit", "--quiet", "-m", "odd")
    assert statuses(world) == [("requests/prod/\\xff", "A")]


def test_dot_dot_in_a_tree_is_a_name_and_leads_nowhere(world):
    """No git writes such a tree, but one can be made, and a push accepts it unless fsck is on."""
    blob = world.git("hash-object", "-w", "--stdin", given="x\n")
    inner = bytes.fromhex(blob)
    prod = world.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=b"100644 ..\0" + inner)
    requests = world.git("mktree", given=f"040000 tree {prod}\tprod\n")
    top = world.git("mktree", given=f"040000 tree {requests}\trequests\n")
    commit = world.git("commit-tree", "-m", "odd", "-p", world.tip, top)
    world.git("update-ref", "refs/heads/main", commit)
    assert ("requests/prod/..", "A") in statuses(world)


def test_symlinks_executables_and_submodules_show_in_their_modes(world):
    blob = world.git("hash-object", "-w", "--stdin", given="/etc/passwd")
    for mode, identity, name in (("120000", blob, "link"), ("100755", blob, "run"), ("160000", world.tip, "module")):
        world.git("update-index", "--add", "--cacheinfo", f"{mode},{identity},requests/prod/{name}.yaml")
    world.git("config", "diff.ignoreSubmodules", "all")
    world.git("commit", "--quiet", "-m", "odd")
    repository = world.repository()
    modes = {"link": "120000", "module": "160000", "run": "100755"}
    assert {each.path: each.mode for each in repository.entries(world.tip, "requests/")} == {
        f"requests/prod/{name}.yaml": mode for name, mode in modes.items()
    }
    assert {each.path: each.mode for each in repository.touches(world.tip)} == {
        f"requests/prod/{name}.yaml": mode for name, mode in modes.items()
    }


def test_attributes_change_nothing(world):
    """A checkout of this file would be UTF-16; what counts is what git stored."""
    world.policy({".gitattributes": "*.yaml text working-tree-encoding=UTF-16 eol=crlf ident diff=odd\n"})
    landed = world.policy({INC: "name: \u00e9 $Id$\n".encode("utf-16")})
    stored = world.repository().blobs([world.blob(landed, INC)])
    assert list(stored.values()) == ["name: \u00e9 $Id$\n".encode()]


def test_a_replaced_object_is_read_as_it_was(world):
    good = world.git("hash-object", "-w", "--stdin", given="good\n")
    evil = world.git("hash-object", "-w", "--stdin", given="evil\n")
    landed = world.policy({INC: "good\n"})
    other = world.policy({INC: "evil\n"})
    world.git("reset", "--quiet", "--hard", landed)
    world.git("replace", good, evil)
    world.git("replace", landed, other)
    assert world.git("cat-file", "blob", good) == "evil", "the trap is not set"
    repository = world.repository()
    assert repository.blobs([good]) == {good: b"good\n"}
    assert [touch.commit for touch in repository.touches(landed)] == [landed]


def test_a_commit_graph_that_lies_is_not_asked(world):
    """Parents come from the commits themselves: this graph says that the tip has none."""
    root = world.tip
    landed = world.policy({INC: "x\n"})
    world.git("commit-graph", "write", "--reachable")
    graph = world.path / ".git/objects/info/commit-graph"
    graph.chmod(0o600)
    content = graph.read_bytes()
    place = content.index(bytes.fromhex(world.git("rev-parse", "HEAD^{tree}"))) + 20
    graph.write_bytes(content[:place] + bytes.fromhex("70000000") + content[place + 4 :])
    assert world.git("rev-list", "--count", "HEAD") == "1", "the trap is not set"
    repository = world.repository()
    assert [(touch.path, touch.parent) for touch in repository.touches(landed)] == [(INC, root)]
    assert repository.is_ancestor(root, landed)


def test_what_a_partial_clone_lacks_is_not_fetched(world):
    blob = world.blob(world.policy({INC: "x\n"}), INC)
    world.git("config", "uploadpack.allowFilter", "true")
    there = clone(world, "--filter=blob:none", "--no-checkout")
    subprocess.run(["git", "-C", there, "config", "protocol.file.allow", "always"], check=True)
    with pytest.raises(RepositoryError):
        GitRepository(there).blobs([blob])


def test_grafts_are_refused(world):
    world.policy({INC: "x\n"})
    (world.path / ".git/info").mkdir(exist_ok=True)
    (world.path / ".git/info/grafts").write_text(world.tip + "\n")
    with pytest.raises(RepositoryError, match="grafts"):
        world.repository().tip()


def test_a_shallow_clone_is_refused_with_what_to_do(world):
    world.policy({INC: "x\n"})
    with pytest.raises(RepositoryError, match="shallow") as refused:
        GitRepository(clone(world, "--depth=1")).tip()
    assert refused.value.hint == "fetch the whole history: git fetch --unshallow (in CI: fetch-depth 0)"


def test_a_clone_that_becomes_shallow_is_refused_from_then_on(world):
    repository = world.repository()
    repository.tip()
    (world.path / ".git/shallow").write_text(world.tip + "\n")
    with pytest.raises(RepositoryError, match="shallow"):
        repository.tip()


def test_a_partial_clone_is_refused(world):
    world.git("config", "uploadpack.allowFilter", "true")
    with pytest.raises(RepositoryError, match="partial clone"):
        GitRepository(clone(world, "--filter=blob:none", "--no-checkout")).tip()


def test_nothing_that_the_repository_configures_is_run(world):
    """Everything in git's configuration that runs a program writes this file; git without our guards does write it."""
    alice = world.person("alice")
    head = alice.requests("prod/inc-1")
    alice.approves("prod/inc-1")
    landing = world.merge("prod/inc-1", by=alice)
    mark, trap = world.root / "mark", world.root / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\nexit 1\n")
    trap.chmod(0o755)
    hooks = world.root / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        (hooks / name).symlink_to(trap)
    world.policy({".gitattributes": "*.yaml diff=trap filter=trap\n"})
    program = ("core.fsmonitor", "core.pager", "core.sshCommand", "core.askPass", "diff.external", "diff.trap.command")
    program += ("diff.trap.textconv", "filter.trap.smudge", "filter.trap.clean", "gpg.program", "gpg.ssh.program")
    for key in (*program, "core.alternateRefsCommand", "uploadpack.packObjectsHook", "pager.log", "pager.ls-tree"):
        world.git("config", key, str(trap))
    for key, value in (
        ("core.hooksPath", hooks),
        ("log.showSignature", "true"),
        ("gpg.ssh.allowedSignersFile", trap),
        ("diff.orderFile", world.root / "missing"),
        ("diff.relative", "true"),
        ("alias.log", f"!{trap}"),
        ("core.worktree", "/"),
    ):
        world.git("config", key, str(value))
    world.run("git", "log", "-1", landing)
    assert mark.exists(), "the trap is not set"
    mark.unlink()

    repository = world.repository()
    tip = repository.tip()
    forge = world.forge()
    touches = repository.touches(tip)
    assert [touch.commit for touch in touches] == [landing]
    repository.blobs([touches[0].blob])
    repository.policy_line(tip, tip)
    changes = forge.landed(touches, tip=tip, sights={}, now=None)
    assert changes[INC].head == head
    assert changes[INC].author == alice.account
    forge.proposed("breakglass/prod/inc-1", tip=tip, sights={}, now=None)
    forge.sights(tip=tip, since=None)
    forge.unmerged(since=None)
    assert not mark.exists()


def test_the_environment_does_not_lead_git_elsewhere(world, tmp_path, monkeypatch):
    other = World(tmp_path / "other")
    other.policy({"breakglass.yaml": "other: 1\n"})
    for name, value in (
        ("GIT_DIR", other.path / ".git"),
        ("GIT_WORK_TREE", other.path),
        ("GIT_OBJECT_DIRECTORY", other.path / ".git/objects"),
        ("GIT_CONFIG_COUNT", "x"),
        ("GIT_NAMESPACE", "x"),
    ):
        monkeypatch.setenv(name, str(value))
    tip = GitRepository(world.path).tip()
    monkeypatch.undo()
    assert tip == world.tip
