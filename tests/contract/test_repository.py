"""What any reader of the access repository promises, tried on real clones: the honest, the odd and the hostile."""

import hashlib

import pytest

from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.change import Touch
from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.ports import TreeEntry
from tests.git.world import World, path_of

INC = path_of("prod/inc-1")


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.policy({"breakglass.yaml": "a: 1\n", "policies/view.yaml": "b: 2\n"})
    return world


def statuses(world):
    return [(touch.path, touch.status) for touch in world.repository().touches(world.tip)]


def clone(world, *options):
    there = world.root / "clone"
    world.git("clone", "--quiet", *options, world.path.as_uri(), str(there))
    return there


def test_files_of_a_commit_come_with_mode_blob_and_size(world):
    head = world.person("alice").commits({INC: "x\n", "requests.txt": "y\n"}, on="main")
    repository = world.repository()
    blob = world.blob(head, INC)
    assert repository.entries(head, "requests/") == (TreeEntry(INC, "100644", blob, 2),)
    assert [each.path for each in repository.entries(head)] == [
        "breakglass.yaml",
        "policies/view.yaml",
        "requests.txt",
        INC,
    ]
    assert repository.blobs([blob, blob]) == {blob: b"x\n"}
    assert repository.blobs([]) == {}


def test_the_tip_is_that_of_the_default_branch_wherever_the_work_tree_is(world):
    main = world.tip
    elsewhere = world.person("alice").requests("prod/inc-1")
    (world.path / INC).write_text("edited, not committed")
    assert world.repository().tip() == main
    assert world.repository(branch="breakglass/prod/inc-1").tip() == elsewhere
    assert world.repository(world.path / "requests").tip() == main


def test_with_a_remote_the_tip_is_the_remotes(world):
    there = clone(world)
    fetched = world.tip
    world.policy({"breakglass.yaml": "a: 2\n"})
    assert GitRepository(there, remote="origin").tip() == fetched


def test_a_bare_clone_is_read_like_any_other(world):
    landed = world.policy({INC: "x\n"})
    there = clone(world, "--bare")
    assert GitRepository(there).touches(landed) == world.repository().touches(landed)


def test_a_merge_brings_what_its_branch_added(world):
    before = world.tip
    head = world.person("alice").requests("prod/inc-1")
    landing = world.merge("prod/inc-1")
    added = Touch(INC, landing, before, "A", "100644", world.blob(head, INC))
    assert world.repository().touches(landing) == (added,)


def test_what_an_evil_merge_adds_is_seen(world):
    world.person("alice").requests("prod/inc-1")
    world.merge("prod/inc-1", edit={path_of("prod/inc-2"): "evil\n"})
    assert statuses(world) == [(INC, "A"), (path_of("prod/inc-2"), "A")]


def test_every_touch_of_a_path_is_told_newest_first(world):
    world.policy({INC: "one\n"})
    world.policy({INC: "two\n"})
    world.git("update-index", "--chmod=+x", INC)
    world.git("commit", "--quiet", "-m", "executable")
    world.policy({INC: None})
    world.policy({INC: "one\n"})
    assert statuses(world) == [(INC, "A"), (INC, "D"), (INC, "M"), (INC, "M"), (INC, "A")]


def test_a_rename_is_a_deletion_and_an_addition(world):
    world.policy({INC: "same content\n" * 20})
    world.git("config", "diff.renames", "copies")
    world.git("mv", INC, path_of("prod/inc-2"))
    world.git("commit", "--quiet", "-m", "rename")
    assert statuses(world) == [(INC, "D"), (path_of("prod/inc-2"), "A"), (INC, "A")]


def test_a_root_commit_touches_what_it_brings(tmp_path):
    world = World(tmp_path)
    root = world.policy({INC: "x\n"})
    world.git("config", "log.showRoot", "false")
    assert world.repository().touches(root) == (Touch(INC, root, "", "A", "100644", world.blob(root, INC)),)


def test_only_the_first_parent_line_counts(world):
    """A commit of a branch is not a landing, whatever it did in between."""
    alice = world.person("alice")
    alice.requests("prod/inc-1")
    alice.commits({INC: "second\n"}, on="breakglass/prod/inc-1")
    landing = world.merge("prod/inc-1")
    assert [(touch.commit, touch.status) for touch in world.repository().touches(landing)] == [(landing, "A")]


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
    assert refused.value.hint == "Fetch the whole history: git fetch --unshallow (in CI: fetch-depth 0)."


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


def test_a_clone_that_borrows_objects_is_whole(world):
    assert GitRepository(clone(world, "--shared")).tip() == world.tip


def test_a_folder_that_is_no_repository_is_said_to_be_none(tmp_path):
    with pytest.raises(RepositoryError, match="not in a git repository"):
        GitRepository(tmp_path).tip()
    with pytest.raises(RepositoryError, match="not in a git repository"):
        GitRepository(tmp_path / "missing").tip()


def test_a_branch_that_is_not_there_is_an_error_and_not_an_empty_repository(world):
    with pytest.raises(RepositoryError, match="has no refs/heads/master"):
        world.repository(branch="master").tip()


def test_an_object_that_is_not_there_is_an_error(world):
    with pytest.raises(RepositoryError, match="lacks an object"):
        world.repository().blobs(["1" * 40])


def test_a_tree_is_no_file(world):
    with pytest.raises(RepositoryError, match="is a tree, not a file"):
        world.repository().blobs([world.git("rev-parse", "HEAD^{tree}")])


@pytest.mark.parametrize(
    "text", ["main", "HEAD", "--output=x", "refs/heads/main", "", "abc", "1" * 41, "1" * 40 + "\n"]
)
def test_what_is_no_object_id_is_not_handed_to_git(world, text):
    repository = world.repository()
    for call in (repository.entries, repository.touches, repository.policy_tree, lambda each: repository.blobs([each])):
        with pytest.raises(RepositoryError, match="is no commit or object id"):
            call(text)


def test_ancestors(world):
    first = world.tip
    second = world.policy({INC: "x\n"})
    repository = world.repository()
    assert repository.is_ancestor(first, second)
    assert repository.is_ancestor(second, second)
    assert not repository.is_ancestor(second, first)
    assert not repository.is_ancestor("1" * 40, second)


def test_the_policy_line_has_what_changes_the_policy_side_oldest_first(world):
    pinned = world.tip
    one = world.policy({"policies/view.yaml": "b: 3\n"})
    world.policy({INC: "x\n"})
    two = world.policy({"policies/view.yaml": None, path_of("prod/inc-2"): "y\n"})
    repository = world.repository()
    steps = repository.policy_line(two, pinned)
    assert [step.commit for step in steps] == [one, two]
    assert steps[0].parent == pinned
    assert (steps[0].before, steps[0].after) == (repository.policy_tree(pinned), repository.policy_tree(one))
    assert steps[0].after == steps[1].before != steps[1].after
    assert repository.policy_line(two, two) == ()


def test_a_pinned_commit_that_is_not_on_the_line_is_an_error(world):
    """Main merged into a branch that then took main's place: every earlier landing would be told anew."""
    alice = world.person("alice")
    alice.requests("prod/inc-1")
    pinned = world.policy({"policies/view.yaml": "b: 3\n"})
    world.checkout("breakglass/prod/inc-1")
    world.git("merge", "--quiet", "--no-ff", "-m", "foxtrot", "main", as_=alice)
    world.merge("prod/inc-1", how="ff")
    assert world.repository().is_ancestor(pinned, world.tip)
    with pytest.raises(RepositoryError, match="is not on the first-parent line"):
        world.repository().policy_line(world.tip, pinned)


def test_the_policy_tree_is_a_digest_that_others_can_recompute(world):
    rows = [("100644", "breakglass.yaml", "a: 1\n"), ("100644", "policies/view.yaml", "b: 2\n")]
    digest = hashlib.sha256()
    for mode, path, content in rows:
        blob = hashlib.sha1(f"blob {len(content)}\0{content}".encode()).hexdigest()
        digest.update(f"{mode} {blob} {path}\0".encode())
    assert world.repository().policy_tree(world.tip) == digest.hexdigest()


def test_the_policy_tree_tells_content_mode_and_name_but_not_requests(world):
    trees = [world.repository().policy_tree(world.tip)]
    world.policy({INC: "x\n"})
    assert world.repository().policy_tree(world.tip) == trees[0]
    world.git("update-index", "--chmod=+x", "breakglass.yaml")
    world.git("commit", "--quiet", "-m", "mode")
    trees.append(world.repository().policy_tree(world.tip))
    world.git("mv", "breakglass.yaml", "Breakglass.yaml")
    world.git("commit", "--quiet", "-m", "name")
    trees.append(world.repository().policy_tree(world.tip))
    world.policy({"policies/view.yaml": "b: 3\n"})
    trees.append(world.repository().policy_tree(world.tip))
    world.policy({"requests.yaml": "beside\n"})
    trees.append(world.repository().policy_tree(world.tip))
    assert len(set(trees)) == len(trees)


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
    forge.open_changes()
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
