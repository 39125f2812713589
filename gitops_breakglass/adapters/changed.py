"""Which files of a folder differ from a commit, by their bytes and by nothing that git remembers of the work tree."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from gitops_breakglass.adapters.folder import SIDES, Folder
from gitops_breakglass.adapters.git_process import Git
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.model.errors import UsageError

_Content = tuple[bool, str]
"""Whether it is a link, and the id that git has for what it holds."""
_LINK = "120000"


def changed_since(root: Path, folder: Folder, ref: str) -> frozenset[str]:
    """Return the paths (relative to the root) that differ from where `ref` and HEAD went apart, deleted ones too.

    Of several such places, from any of them. A renamed file is one that was deleted and one that is new. `folder` is all that lies there. Filters, line endings and
    marks in git's index have no say: what lies there is what is checked. Raises UsageError where there is no such commit.
    """
    repository = GitRepository(root)
    bases = _bases(repository.git, root, ref)
    prefix = repository_prefix(root)
    now = dict(_blobs(root, folder, width=len(bases[0])))
    return frozenset(chain.from_iterable(_differing(_stored(repository, each, prefix), now) for each in bases))


def _stored(repository: GitRepository, commit: str, prefix: str) -> dict[str, _Content]:
    return {
        entry.path.removeprefix(prefix): (entry.mode == _LINK, entry.blob)
        for entry in repository.entries(commit, prefix)
        if entry.path.removeprefix(prefix).split("/")[0] in SIDES
    }


def _differing(before: Mapping[str, _Content], now: Mapping[str, _Content]) -> Iterator[str]:
    return (path for path in before.keys() | now.keys() if before.get(path) != now.get(path))


def repository_prefix(root: Path) -> str:
    """Return where the root lies in its repository: empty, or a path with a slash at its end. Raises RepositoryError."""
    return Git(root).read("rev-parse", "--show-prefix").decode("utf-8", "backslashreplace").removesuffix("\n")


def _bases(git: Git, root: Path, ref: str) -> list[str]:
    """Return the commits at which HEAD went apart from `ref`.

    Where each was merged into the other they are several, and dates, which anybody can choose, say which comes first.
    """
    commits = []
    for name in (ref, "HEAD"):
        answer = git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if answer.code != 0:
            hint = (
                "name a branch, a tag or a commit, such as origin/main; a branch of the remote takes a git fetch first"
            )
            raise UsageError(f"{root} has no commit {name}", hint=hint)
        commits.append(answer.out.decode().strip())
    bases = git.ask("merge-base", "--all", *commits).out.decode().split()
    if not bases:
        hint = "fetch more of the history, in CI all of it (fetch-depth 0); or name a commit that this one comes from"
        raise UsageError(f"{root} has no commit from which both {ref} and HEAD come", hint=hint)
    return bases


def _blobs(root: Path, folder: Folder, *, width: int) -> Iterator[tuple[str, _Content]]:
    """Yield each path with what it holds, the id as git would give it, in so many digits."""
    algorithm = "sha256" if width == 64 else "sha1"

    def blob(content: bytes) -> str:
        return hashlib.new(algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()

    for path, content in folder.files.items():
        yield path, (False, blob(content))
    for path in folder.not_files:
        place = root / path
        yield path, (True, blob(os.fsencode(place.readlink())) if place.is_symlink() else "")
