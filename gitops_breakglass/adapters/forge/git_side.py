"""What git says of a change, whatever the forge: files, blobs, commits, and the points between which it lies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gitops_breakglass.adapters.forge.commits import About, Branch, CommitFacts
from gitops_breakglass.adapters.git_parse import REGULAR
from gitops_breakglass.adapters.gitrepo import REQUESTS, GitRepository
from gitops_breakglass.adapters.signatures import Signatures
from gitops_breakglass.model.change import FileChange
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import TreeEntry

# No cluster is called `policy`: approvals of the policy side have that word in the place of one.
_REQUEST_FILE = re.compile(r"\Arequests/((?!policy/)[^/]+/[^/]+)\.yaml\Z")


@dataclass(frozen=True)
class GitSide:
    """Reads one repository. With `signatures`, commits count by who signed them; without, nobody is said to have made them.

    Raises RepositoryError where a commit is not there.
    """

    repository: GitRepository
    signatures: Signatures | None = None

    def blob(self, commit: str, path: str) -> str | None:
        """Return the blob of a plain file at a commit, or None where there is none."""
        return plain(self.repository.entry(commit, path))

    def branch(self, base: str, head: str, about: About) -> Branch:
        """Return what `head` has that `base` has not."""
        return CommitFacts(self.repository, self.signatures).branch(base, head, about)

    def files(self, base: str, head: str) -> tuple[FileChange, ...]:
        """Return what `head` changes against the point where it left `base`."""
        return CommitFacts(self.repository, self.signatures).files(base, head)

    def landed_files(self, commits: Sequence[str], tip: str) -> tuple[FileChange, ...]:
        """Return what these commits of the default branch, next to each other and oldest first, change together."""
        line = self.repository.line(tip)
        if any(commit not in line for commit in commits) or not commits:
            return ()
        if len(commits) == 1:
            changes = line[commits[0]].changes
        else:
            changes = self.repository.difference(self.base_of(commits[0], tip), commits[-1])
        return tuple(FileChange(each.path, each.status) for each in changes)

    def base_of(self, landing: str, tip: str) -> str:
        """Return the first parent of a commit of the default branch; a root is its own."""
        on_line = self.repository.line(tip).get(landing)
        return on_line.parents[0] if on_line and on_line.parents else landing

    def policy_at_fork(self, base: str, head: str) -> str | None:
        """Return the policy side where a branch left the default branch, or None where there is no such one point."""
        bases = self.repository.merge_bases(base, head)
        return self.repository.policy_tree(bases[0]) if len(bases) == 1 else None


def what_of(path: str) -> str:
    """Return `<cluster>/<name>` of a request's file, or nothing where the path is none of a request."""
    match = _REQUEST_FILE.match(path)
    return match[1] if match else ""


def is_policy(path: str) -> bool:
    """Whether a path is on the policy side."""
    return not path.startswith(REQUESTS)


def too_many_steps(most: int) -> Unread:
    """Return why nothing more is asked about commits of the policy side: they come first, and are to leave some for requests."""
    return Unread(
        f"one run asks about {most} commits of the policy side, and there are more since the one in force",
        "those that are proved are not asked about again, so later runs get further; where they never will, pin a commit "
        "at which the policy side is right, by install",
    )


def plain(entry: TreeEntry | None) -> str | None:
    """Return the blob of a plain file; a symlink, a submodule and an executable are no request."""
    return entry.blob if entry is not None and entry.mode == REGULAR else None


def request_path(files: Sequence[FileChange], named: str = "") -> str:
    """Return the request that a change is about: the only one it touches, else the one that it is named after.

    Empty for a change of the policy side. `named` is the path that the change's own name stands for, if it has one.
    """
    requests = tuple(each.path for each in files if each.path.startswith(REQUESTS))
    if len(requests) <= 1:
        return requests[0] if requests else ""
    return named if what_of(named) else requests[0]
