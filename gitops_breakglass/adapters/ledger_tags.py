"""Reads the tags that anchor a ledger, with whose key signed each."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.adapters.signatures import Signatures, Signed, inner_name, message
from gitops_breakglass.core.ledger_anchor import TAGS
from gitops_breakglass.model.ledger import LedgerTag

_REFS = "refs/tags/"


@dataclass(frozen=True)
class LedgerTags:
    """Implements `ports.AnchorTags` for a clone."""

    repository: GitRepository

    def of(self, cluster: str) -> tuple[LedgerTag, ...]:
        """Return the tags on the ledger of one cluster. Raises RepositoryError."""
        refs = self.repository.refs(f"{_REFS}{TAGS}{cluster}/")
        stored = self.repository.objects(refs.values())
        signatures = Signatures()
        found = []
        for ref, identity in refs.items():
            name, tag = ref.removeprefix(_REFS), stored[identity]
            if tag.type != "tag":
                found.append(LedgerTag(name, None, "", "is on something without a signature"))
                continue
            verdict = signatures.verdict(tag)
            if not isinstance(verdict, Signed):
                found.append(LedgerTag(name, None, "", verdict.problem))
            elif inner_name(tag) != name:
                found.append(LedgerTag(name, None, "", f"was made as {inner_name(tag)}"))
            else:
                found.append(LedgerTag(name, verdict.fingerprint, message(tag)))
        return tuple(found)
