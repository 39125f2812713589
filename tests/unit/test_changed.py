"""Which files differ from a commit is found in a real repository, by the bytes that lie there."""

import subprocess

import pytest

from gitops_breakglass.adapters.changed import changed_since
from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.model.errors import RepositoryError, UsageError

FILES = ("breakglass.yaml", "policies/a.yaml", "requests/a/one.yaml", "requests/a/two.yaml")


def git(place, *arguments):
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    command = ["git", "-C", str(place), *settings, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def write(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


@pytest.fixture(params=["", "access/"], ids=["root", "folder"])
def root(request, tmp_path):
    git(tmp_path, "init", "-q")
    root = tmp_path / request.param
    for path in FILES:
        write(root, path, path)
    write(root, "README.md", "no part of it")
    commit(root, "first")
    return root


def commit(root, message):
    git(root, "add", "-A", ".")
    git(root, "commit", "-q", "-m", message)


def changed(root, ref="main"):
    return set(changed_since(root, read_folder(root), ref))


def test_nothing_differs_from_what_was_committed(root):
    assert changed(root) == set()


def test_files_that_are_new_changed_deleted_or_renamed_differ_committed_or_not(root):
    git(root, "checkout", "-q", "-b", "topic")
    write(root, "requests/a/three.yaml", "new")
    write(root, "requests/a/one.yaml", "other")
    write(root, "README.md", "other")
    (root / "requests/a/two.yaml").rename(root / "requests/a/four.yaml")
    wanted = {f"requests/a/{name}.yaml" for name in ("one", "two", "three", "four")}
    assert changed(root) == wanted
    git(root, "add", "-A", ".")
    assert changed(root) == wanted
    commit(root, "second")
    assert changed(root) == wanted
    assert changed(root, "HEAD") == set()


def test_what_came_to_the_branch_since_does_not_differ(root):
    git(root, "checkout", "-q", "-b", "topic")
    write(root, "requests/a/three.yaml", "new")
    commit(root, "ours")
    git(root, "checkout", "-q", "main")
    write(root, "policies/a.yaml", "theirs")
    commit(root, "theirs")
    git(root, "checkout", "-q", "topic")
    assert changed(root) == {"requests/a/three.yaml"}


@pytest.mark.parametrize("year", [2020, 2040])
def test_what_was_taken_back_where_both_were_merged_into_each_other_differs_whatever_dates_say(root, monkeypatch, year):
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{year}-01-01T00:00:00Z")
    git(root, "checkout", "-q", "-b", "topic")
    write(root, "requests/a/three.yaml", "new")
    commit(root, "ours")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2030-01-01T00:00:00Z")
    git(root, "checkout", "-q", "main")
    write(root, "README.md", "theirs")
    commit(root, "theirs")
    git(root, "merge", "-q", "--no-commit", "topic")
    (root / "requests/a/three.yaml").unlink()
    commit(root, "without it")
    git(root, "checkout", "-q", "topic")
    git(root, "merge", "-q", "-m", "with it", "main~1")
    assert changed(root) == {"requests/a/three.yaml"}


@pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
def test_a_mark_in_the_index_hides_nothing(root, mark):
    git(root, "update-index", mark, "requests/a/one.yaml")
    write(root, "requests/a/one.yaml", "other")
    assert changed(root) == {"requests/a/one.yaml"}


def test_a_file_that_git_ignores_is_one_too(root):
    write(root, ".gitignore", "*.yaml\n")
    write(root, "requests/a/three.yaml", "new")
    assert changed(root) == {"requests/a/three.yaml"}


def test_an_attribute_of_the_change_hides_nothing_and_runs_nothing(root, tmp_path):
    git(root, "config", "filter.same.clean", f"touch {tmp_path}/ran; git show HEAD:./requests/a/one.yaml")
    write(root, ".gitattributes", "*.yaml filter=same\n")
    write(root, "requests/a/one.yaml", "other")
    assert changed(root) == {"requests/a/one.yaml"}
    assert not (tmp_path / "ran").exists()


def test_a_link_differs_where_it_is_new_or_leads_elsewhere(root):
    (root / "requests/a/link.yaml").symlink_to("one.yaml")
    assert changed(root) == {"requests/a/link.yaml"}
    commit(root, "link")
    assert changed(root) == set()
    (root / "requests/a/link.yaml").unlink()
    (root / "requests/a/link.yaml").symlink_to("two.yaml")
    assert changed(root) == {"requests/a/link.yaml"}
    (root / "requests/a/link.yaml").unlink()
    write(root, "requests/a/link.yaml", "one.yaml")
    assert changed(root) == {"requests/a/link.yaml"}


@pytest.mark.parametrize("ref", ["nowhere", "--help", "-x", "", "main:README.md", "main..main", "HEAD^{tree}", "a\nb"])
def test_a_ref_that_is_no_commit_is_told_with_the_next_step(root, ref):
    with pytest.raises(UsageError) as caught:
        changed(root, ref)
    assert "fetch" in caught.value.hint


def test_histories_without_a_common_commit_are_told_with_the_next_step(root):
    git(root, "checkout", "-q", "--orphan", "other")
    git(root, "commit", "-q", "-m", "other")
    with pytest.raises(UsageError, match="from which both") as caught:
        changed(root)
    assert "fetch-depth 0" in caught.value.hint


def test_outside_of_a_repository_there_is_nothing_to_compare_with(tmp_path):
    write(tmp_path, "breakglass.yaml", "x")
    with pytest.raises(RepositoryError, match="is not in a git repository"):
        changed(tmp_path)
