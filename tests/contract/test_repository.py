"""What any reader of the access repository promises, tried on real clones."""

import hashlib

import pytest

from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.change import Touch
from gitops_breakglass.model.errors import RepositoryError
from gitops_breakglass.ports import TreeEntry
from tests.contract.policy_clone import INC, clone, policy_world, statuses
from tests.git.world import World, path_of


@pytest.fixture
def world(tmp_path):
    return policy_world(tmp_path)


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
