"""What a person is told where git or ssh-keygen can't be run, takes too long, or prints what nobody knows."""

import pytest

from gitops_breakglass.adapters import git_parse
from gitops_breakglass.adapters.git_parse import GitObject
from gitops_breakglass.adapters.git_process import Git
from gitops_breakglass.adapters.signatures import Signatures
from gitops_breakglass.model.errors import RepositoryError
from tests.git.world import World


def test_git_that_does_not_end_is_stopped(tmp_path):
    with pytest.raises(RepositoryError, match=r"git version in .* did not end within 1e-05 s"):
        Git(tmp_path, deadline=1e-5).read("version")


def test_git_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="git can't be run"):
        Git(tmp_path).read("version")


def test_ssh_keygen_that_is_not_there(tmp_path, monkeypatch):
    world = World(tmp_path)
    commit = world.policy({"a.yaml": "1\n"}, by=world.person("alice"))
    stored: GitObject = world.repository().objects([commit])[commit]
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="ssh-keygen can't verify a signature"):
        Signatures().verdict(stored)


def test_what_git_never_printed_before_is_an_error_and_not_an_empty_answer():
    for read, garbage in (
        (git_parse.log, b"what is this\0"),
        (git_parse.log, b"1" * 40 + b" \0\0"),
        (git_parse.entries, b"what\tis this\0"),
        (git_parse.objects, b"1" * 40 + b" missing\n"),
    ):
        with pytest.raises(RepositoryError):
            list(read(garbage))
