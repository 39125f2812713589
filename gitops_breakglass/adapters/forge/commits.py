"""Reads what the commits of a branch did, whose they claim to be and who signed them, as facts of a change."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from gitops_breakglass.adapters.git_parse import GitObject
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.adapters.signatures import Signatures, Signed, Unproven
from gitops_breakglass.model.change import Commit, FileChange
from gitops_breakglass.model.identity import Account, Provider

_PERSON = re.compile(rb"^(?:author|committer) [^\n]*?<([^<>\n]*)>[^<>\n]*$", re.MULTILINE)
_CO_AUTHOR = re.compile(rb"^[ \t]*co-authored-by[ \t]*:[^\n]*?<([^<>\n]*)>", re.MULTILINE | re.IGNORECASE)

About = Callable[[str], bool]
"""Whether a path belongs to what a change is about."""


@dataclass(frozen=True)
class Branch:
    """What the commits between two points did. `author` signed every commit that touches what the change is about."""

    files: tuple[FileChange, ...]
    commits: tuple[Commit, ...]
    author: Account | None

    @property
    def ids(self) -> frozenset[str]:
        """The ids of its commits."""
        return frozenset(commit.id for commit in self.commits)

    @property
    def is_authors_alone(self) -> bool:
        """Whether every commit is provably the author's."""
        return self.author is not None and all(commit.signer == self.author for commit in self.commits)


@dataclass(frozen=True)
class CommitFacts:
    """Reads branches of one repository."""

    repository: GitRepository
    signatures: Signatures | None = None
    """Judges who signed; None where signatures say nothing, since a forge says who did what."""

    def branch(self, base: str, head: str, about: About) -> Branch:
        """Return what `head` has that `base` has not; newest commit first."""
        parents: dict[str, int] = {}
        touched: dict[str, dict[str, int]] = {}
        for part in self.repository.between(base, head):
            parents[part.id] = len(part.parents)
            paths = touched.setdefault(part.id, {})
            for change in part.changes:
                paths[change.path] = paths.get(change.path, 0) + 1
        stored = self.repository.objects(parents)
        commits = tuple(
            # A merge touches what is unlike in all its parents: what it takes from one of them is that one's doing.
            self._commit(stored[each], any(about(path) and times >= parents[each] for path, times in paths.items()))
            for each, paths in touched.items()
        )
        signers = {commit.signer for commit in commits if commit.touches}
        author = signers.pop() if len(signers) == 1 else None
        return Branch(self.files(base, head), commits, author)

    def files(self, base: str, head: str) -> tuple[FileChange, ...]:
        """Return what `head` changes against the point where it left `base`.

        Where there is no such point, or more than one, it is compared with `base` itself, and shows more rather than less.
        """
        bases = self.repository.merge_bases(base, head)
        changes = self.repository.difference(bases[0] if len(bases) == 1 else base, head)
        return tuple(FileChange(change.path, change.status) for change in changes)

    def _commit(self, stored: GitObject, touches: bool) -> Commit:  # noqa: FBT001 - the last of two, and private
        emails = claimed_emails(stored.data)
        if self.signatures is None:
            return Commit(stored.id, None, emails, touches)
        match self.signatures.verdict(stored):
            case Signed(fingerprint):
                return Commit(stored.id, Account(Provider.LOCAL, fingerprint), emails, touches)
            case Unproven(problem):
                return Commit(stored.id, None, emails, touches, f"commit {stored.id[:12]} {problem}")


def claimed_emails(data: bytes) -> tuple[str, ...]:
    """Return the addresses of author, committer and co-authors as a commit claims them, without doubles."""
    headers, _, text = data.partition(b"\n\n")
    found = [*_PERSON.findall(headers), *_CO_AUTHOR.findall(text)]
    return tuple(dict.fromkeys(email.decode("utf-8", "replace").strip() for email in found if email.strip()))
