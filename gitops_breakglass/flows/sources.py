"""Where requests and policy come from: the repository, the forge, and the readers of their documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import AnyRequest
from gitops_breakglass.ports import Forge, Repository, TreeEntry

REQUESTS = "requests/"
LARGEST_POLICY_FILE = 1 << 20
LARGEST_REQUEST = 64 << 10
_PLAIN_FILE = "100644"
_FILES = (_PLAIN_FILE, "100755", "120000")
"""What has content in git; whether it may be a request is for the decision to say."""


class LoadPolicy(Protocol):
    """Reads the policy side of one commit."""

    def __call__(self, entries: Mapping[str, bytes], *, commit: str) -> tuple[PolicySide | None, tuple[Finding, ...]]:
        """Return the policy side, or None where it can't be read, and what is wrong with it."""
        ...


LoadRequest = Callable[[str, bytes, str], tuple[AnyRequest | None, tuple[Finding, ...]]]
"""From path, content and blob to the request, or None, and what is wrong with it."""


@dataclass(frozen=True)
class Sources:
    """The repository, the forge and the readers; policy sides are read once per commit, requests once per content."""

    repository: Repository
    forge: Forge
    read_policy: LoadPolicy
    read_request: LoadRequest
    _policies: dict[str, tuple[PolicySide | None, tuple[Finding, ...]]] = field(default_factory=dict, repr=False)
    _requests: dict[tuple[str, str], tuple[AnyRequest | None, tuple[Finding, ...]]] = field(
        default_factory=dict, repr=False
    )

    def policy_at(self, commit: str) -> tuple[PolicySide | None, tuple[Finding, ...]]:
        """Return the policy side at a commit, proved or not; only plain files count."""
        if commit not in self._policies:
            entries = [
                entry
                for entry in self.repository.entries(commit)
                if is_policy_file(entry) and entry.size <= LARGEST_POLICY_FILE
            ]
            contents = self.repository.blobs(entry.blob for entry in entries)
            files = {entry.path: contents[entry.blob] for entry in entries}
            self._policies[commit] = self.read_policy(files, commit=commit)
        return self._policies[commit]

    def request_at(self, entry: TreeEntry) -> tuple[AnyRequest | None, tuple[Finding, ...]]:
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


def is_policy_file(entry: TreeEntry) -> bool:
    """Whether a file is a YAML document of the policy side."""
    at_top = entry.path in ("breakglass.yaml", "identities.yaml")
    in_folder = entry.path.startswith(("clusters/", "policies/")) and entry.path.endswith((".yaml", ".yml"))
    return entry.mode == _PLAIN_FILE and (at_top or in_folder)
