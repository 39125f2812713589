"""The access repository as git has it, the reader of its files, and somebody's own clone of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # Half of the model, of which who implements one port needs little.
    from gitops_breakglass.model.change import Touch
    from gitops_breakglass.model.document import Loaded
    from gitops_breakglass.model.ledger import LedgerTag


class DocumentLoader(Protocol):
    """Reads YAML strictly. `single` means a request: exactly one document, and a tighter bound on size.

    Bad content is findings, never an error; a document that has one is left out.
    """

    def __call__(self, text: bytes, path: str, *, blob: str | None = None, single: bool = False) -> Loaded:
        """Return the documents of one file."""
        ...


@dataclass(frozen=True)
class TreeEntry:
    """One file of a commit; `mode` is git's (`100644`), `size` in bytes."""

    path: str
    mode: str
    blob: str
    size: int


class Repository(Protocol):
    """The access repository as git has it; never a work tree. Raises RepositoryError where it can't be read."""

    def tip(self) -> str:
        """Return the commit of the default branch."""
        ...

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether `ancestor` is the same commit as `descendant` or before it."""
        ...

    def is_on_line(self, commit: str, tip: str) -> bool:
        """Whether `commit` is on the first-parent line of `tip`: the default branch itself was once there."""
        ...

    def entries(self, commit: str, prefix: str = "") -> tuple[TreeEntry, ...]:
        """Return every file at the commit whose path begins with `prefix`."""
        ...

    def blobs(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the contents of blobs by id."""
        ...

    def touches(self, tip: str, prefix: str = "requests/") -> tuple[Touch, ...]:
        """Return every change of a path under `prefix` on the first-parent line of `tip`, newest first."""
        ...

    def policy_line(self, tip: str, since: str) -> tuple[PolicyStep, ...]:
        """Return the first-parent commits after `since`, oldest first, that change something outside `requests/`."""
        ...

    def policy_tree(self, commit: str) -> str:
        """Return a digest of everything outside `requests/` at the commit."""
        ...


@dataclass(frozen=True)
class PolicyStep:
    """A commit on the first-parent line that changes the policy side; the digests are of the policy side before and after."""

    commit: str
    parent: str
    before: str
    after: str


class SigningClone(Protocol):
    """Somebody's own clone and their own key: where requests and approvals are written. Raises UsageError."""

    def fingerprint(self) -> str:
        """Return the fingerprint (`SHA256:…`) of the key that would sign; UsageError where there is none."""
        ...

    def branch_head(self, branch: str) -> str | None:
        """Return the commit of a branch, here or at the remote, or None where there is no such branch."""
        ...

    def has_tag(self, name: str) -> bool:
        """Whether there is a tag of that name, of whatever worth."""
        ...

    def email(self) -> str | None:
        """Return the address that commits made here carry, or None where git knows none."""
        ...

    def commit_file(
        self, branch: str, base: str, *, path: str, content: bytes | None, message: str, signed: bool = True
    ) -> str:
        """Make a new branch at `base` with one commit that adds one file; the work tree stays as it is.

        Without `content` it deletes the file. Not `signed` by force, it is so where git is configured to sign.
        """
        ...

    def push(self, branch: str) -> None:
        """Push a branch to the remote, where there must be none of that name."""
        ...

    def tag(self, name: str, commit: str, *, message: str, replace: bool) -> None:
        """Make a signed annotated tag; `replace` allows one of that name to be there."""
        ...


class AnchorTags(Protocol):
    """The tags of the access repository that anchor ledgers."""

    def of(self, cluster: str) -> tuple[LedgerTag, ...]:
        """Return the tags on the ledger of one cluster, each with whose key signed it. Raises RepositoryError."""
        ...
