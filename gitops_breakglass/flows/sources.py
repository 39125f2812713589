"""Where requests and policy come from: the repository, the forge, and the readers of their documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gitops_breakglass.core.read.kinds import is_policy_path
from gitops_breakglass.model.finding import Finding, Location, in_order
from gitops_breakglass.model.identity import Account, Team
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import Request
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import Forge, Repository, TreeEntry

REQUESTS = "requests/"
LARGEST_POLICY_FILE = 1 << 20
LARGEST_REQUEST = 64 << 10
_PLAIN_FILES = ("100644", "100755")
_FILES = (*_PLAIN_FILES, "120000")
"""What has content in git; whether it may be a request is for the decision to say."""
_UNKNOWN = b"\0"
"""Stands for the content of what is not read: bytes that may have held any restriction, as the readers take them."""


class LoadPolicy(Protocol):
    """Reads the policy side of one commit."""

    def __call__(self, entries: Mapping[str, bytes], *, commit: str) -> tuple[PolicySide | None, tuple[Finding, ...]]:
        """Return the policy side, or None where it can't be read, and what is wrong with it."""
        ...


LoadRequest = Callable[[str, bytes, str], tuple[Request | None, tuple[Finding, ...]]]
"""From path, content and blob to the request, or None, and what is wrong with it."""


@dataclass(frozen=True)
class Sources:
    """The repository, the forge and the readers; policy sides are read once per commit, requests once per content."""

    repository: Repository
    forge: Forge
    read_policy: LoadPolicy
    read_request: LoadRequest
    _policies: dict[str, tuple[PolicySide | None, tuple[Finding, ...]]] = field(default_factory=dict, repr=False)
    _requests: dict[tuple[str, str], tuple[Request | None, tuple[Finding, ...]]] = field(
        default_factory=dict, repr=False
    )
    members: dict[Team, frozenset[Account] | Unread] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What the forge said of teams in this run."""

    def policy_at(self, commit: str) -> tuple[PolicySide | None, tuple[Finding, ...]]:
        """Return the policy side at a commit, proved or not.

        A link, a submodule or a file that is too large is not read, and not passed over either: whatever it may forbid is
        forbidden.
        """
        if commit not in self._policies:
            entries = [entry for entry in self.repository.entries(commit) if is_policy_path(entry.path)]
            alike = Counter(entry.path for entry in entries)
            unread = {
                entry.path: found
                for entry in entries
                if (found := _not_read(entry, is_alone=alike[entry.path] == 1)) is not None
            }
            contents = self.repository.blobs(entry.blob for entry in entries if entry.path not in unread)
            files = {entry.path: _UNKNOWN if entry.path in unread else contents[entry.blob] for entry in entries}
            side, findings = self.read_policy(files, commit=commit)
            # What the reader says of the stand-in is about nothing that is in the file.
            kept = [each for each in findings if each.location.path not in unread or each.rule == "unreadable-policy"]
            self._policies[commit] = side, in_order([*kept, *unread.values()])
        return self._policies[commit]

    def request_at(self, entry: TreeEntry) -> tuple[Request | None, tuple[Finding, ...]]:
        """Return the request in a file of the default branch, or None, and what is wrong with it."""
        self.read_ahead([entry])
        return self._requests[entry.path, entry.blob]

    def read_ahead(self, entries: Iterable[TreeEntry]) -> None:
        """Read requests that are about to be asked for, all in one call."""
        fresh = [entry for entry in entries if (entry.path, entry.blob) not in self._requests]
        # A submodule has no content here; reading it would fail, and with it the whole run.
        wanted = [entry.blob for entry in fresh if entry.mode in _FILES and entry.size <= LARGEST_REQUEST]
        contents = self.repository.blobs(wanted)
        for entry in fresh:
            content = contents.get(entry.blob, b"")
            self._requests[entry.path, entry.blob] = self.read_request(entry.path, content, entry.blob)


def _not_read(entry: TreeEntry, *, is_alone: bool) -> Finding | None:
    """Return why the content of a file on the policy side is not read, if it is not."""
    place = Location(entry.path)
    if not is_alone:
        # Bytes that are no UTF-8 are written as escapes, which another file may have for its name.
        return Finding(
            "not-a-file",
            "two files have names that can't be told apart, so neither is read",
            place,
            hint="rename the one whose name is no UTF-8; until then they are taken to forbid everything",
        )
    if entry.mode not in _PLAIN_FILES:
        return Finding(
            "not-a-file",
            "this is no plain file, so nothing is read through it",
            place,
            hint="replace the link by the file itself: until then it is taken to forbid everything",
        )
    if entry.size > LARGEST_POLICY_FILE:
        return Finding(
            "yaml-too-large",
            f"the file has {entry.size} bytes; at most {LARGEST_POLICY_FILE} are read",
            place,
            hint="split it: until then it is taken to forbid everything",
        )
    return None
