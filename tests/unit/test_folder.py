"""What lies in a folder becomes contents by path, read when they are asked for."""

import os

import pytest

from gitops_breakglass.adapters.folder import read_folder
from gitops_breakglass.model.errors import UsageError


@pytest.fixture
def root(tmp_path):
    for path in (
        "breakglass.yaml",
        "clusters/a.yaml",
        "policies/x/b.yaml",
        "requests/a/one.yaml",
        "requests/b/two.yaml",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    (tmp_path / "README.md").write_text("no part of it")
    return tmp_path


def test_both_sides_are_found_and_nothing_else(root):
    folder = read_folder(root)
    assert {path: content.decode() for path, content in folder.files.items()} == {
        path: path
        for path in (
            "breakglass.yaml",
            "clusters/a.yaml",
            "policies/x/b.yaml",
            "requests/a/one.yaml",
            "requests/b/two.yaml",
        )
    }
    assert folder.not_files == ()


@pytest.mark.parametrize(
    "within, found",
    [
        (["requests/a"], ["requests/a/one.yaml"]),
        (["requests/b/two.yaml"], ["requests/b/two.yaml"]),
        (["requests"], ["requests/a/one.yaml", "requests/b/two.yaml"]),
        (["policies"], []),
        (["policies", ""], ["requests/a/one.yaml", "requests/b/two.yaml"]),
    ],
)
def test_of_the_requests_only_those_asked_about_are_looked_for(root, within, found):
    files = read_folder(root, within=within).files
    assert sorted(path for path in files if path.startswith("requests")) == found
    assert len(files) == len(found) + 3


def test_no_link_is_followed_whatever_is_asked_about(root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "one.yaml").write_text("outside")
    (root / "requests" / "c").symlink_to(outside)
    for within in ([], ["requests/c"], ["requests/c/one.yaml"]):
        folder = read_folder(root, within=within)
        assert folder.not_files == ("requests/c",)
        assert b"outside" not in folder.files.values()


def test_a_link_that_takes_the_place_of_a_file_later_is_not_followed(root):
    files = read_folder(root).files
    (root / "requests/a/one.yaml").unlink()
    (root / "requests/a/one.yaml").symlink_to(root / "README.md")
    with pytest.raises(UsageError, match=r"one.yaml can't be read"):
        files["requests/a/one.yaml"]


@pytest.mark.parametrize("size", [0, 1, 32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 64 * 1024, 1024 * 1024])
def test_a_file_is_read_to_its_end(root, size):
    content = os.urandom(size)
    (root / "breakglass.yaml").write_bytes(content)
    assert read_folder(root).files["breakglass.yaml"] == content


def test_an_endless_file_is_not_read_to_its_end(root):
    with (root / "breakglass.yaml").open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    assert len(read_folder(root).files["breakglass.yaml"]) == 2 * 1024 * 1024


def test_names_that_are_no_text_are_written_as_escapes(root):
    place = os.path.join(os.fsencode(root), b"requests/a/\xff.yaml")  # noqa: PTH118 - bytes
    with open(place, "wb") as file:  # noqa: PTH123
        file.write(b"odd")
    assert read_folder(root).files["requests/a/\\xff.yaml"] == b"odd"
