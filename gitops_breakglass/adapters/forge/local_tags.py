"""Reads approvals of the local forge: signed tags under `refs/tags/breakglass/approve/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from gitops_breakglass.adapters import signatures as signing
from gitops_breakglass.adapters.git_parse import GitObject
from gitops_breakglass.adapters.gitrepo import GitRepository
from gitops_breakglass.adapters.signatures import Signatures, Signed, Unproven
from gitops_breakglass.model.change import Review, ReviewState
from gitops_breakglass.model.identity import Account, Provider

APPROVALS = "refs/tags/breakglass/approve/"
POLICY = "policy"
"""The word that stands in the place of a cluster's name for changes of the policy side."""

BlobAt = Callable[[str], str | None]
"""What a review of a commit was about: the request's blob there, or the tree of the policy side."""


@dataclass(frozen=True)
class Approvals:
    """Every approval tag as the refs are now, by what it approves (`<cluster>/<name>`)."""

    repository: GitRepository
    signatures: Signatures
    tags: Mapping[str, Sequence[tuple[str, str]]]

    @classmethod
    def of(cls, repository: GitRepository, signatures: Signatures) -> Approvals:
        """List the tags in one call."""
        tags: dict[str, list[tuple[str, str]]] = {}
        for ref, identity in repository.refs(APPROVALS).items():
            what, _, _ = ref.removeprefix(APPROVALS).rpartition("/")
            tags.setdefault(what, []).append((ref, identity))
        return cls(repository, signatures, tags)

    def reviews(
        self, what: str, blob_at: BlobAt, *, part_of: AbstractSet[str], sights: Mapping[str, datetime], now: datetime
    ) -> tuple[Review, ...]:
        """Return a review for each tag of one request, sorted by the tag's name.

        `part_of` are the commits of the change. The same bytes in somebody else's commit are somebody else's request,
        so a tag on any other commit counts for nothing.
        """
        return tuple(
            replace(each, problem=f"tag {each.source} is on a commit that is not part of this change")
            if each.problem is None and each.commit not in part_of
            else each
            for each in self._read(self.tags.get(what, ()), blob_at, sights, now)
        )

    def policy_reviews(
        self, head: str, blob_at: BlobAt, *, sights: Mapping[str, datetime], now: datetime
    ) -> tuple[Review, ...]:
        """Return a review for each tag of the policy side that is on exactly this commit."""
        tags = [tag for what, some in self.tags.items() if what.split("/")[0] == POLICY for tag in some]
        return tuple(each for each in self._read(tags, blob_at, sights, now) if each.commit == head)

    def _read(
        self, tags: Sequence[tuple[str, str]], blob_at: BlobAt, sights: Mapping[str, datetime], now: datetime
    ) -> tuple[Review, ...]:
        stored = self.repository.objects(identity for _, identity in tags)
        targets = {each.id: _target(each) for each in stored.values()}
        kinds = self.repository.kinds(target for target in targets.values() if target)
        reviews = []
        for ref, identity in tags:
            target = targets[identity]
            commit = target if target and kinds.get(target) == "commit" else None
            account, problem = self._signer(ref, stored[identity], commit)
            reviews.append(
                Review(
                    account=account,
                    state=ReviewState.APPROVED,
                    commit=commit,
                    blob=blob_at(commit) if commit else None,
                    submitted_at=sights.get(tag_sight(ref, identity), now),
                    body=signing.message(stored[identity]) if stored[identity].type == "tag" else "",
                    problem=problem,
                    source=ref.removeprefix("refs/tags/"),
                )
            )
        return tuple(reviews)

    def _signer(self, ref: str, tag: GitObject, commit: str | None) -> tuple[Account | None, str | None]:
        """Return whose key signed the tag, and why the tag can't count all the same."""
        name = ref.removeprefix("refs/tags/")
        if tag.type != "tag":
            return None, f"tag {name} is a lightweight tag, which nobody signs"
        verdict = self.signatures.verdict(tag)
        if isinstance(verdict, Unproven):
            return None, f"tag {name} {verdict.problem}"
        problem = None
        if (inner := signing.inner_name(tag)) != name:
            problem = f"tag {name} was signed under another name ({inner}) and put in this place"
        elif commit is None:
            problem = f"tag {name} is not on a commit that is here"
        return _account(verdict), problem


def _account(verdict: Signed) -> Account:
    return Account(Provider.LOCAL, verdict.fingerprint)


def _target(tag: GitObject) -> str | None:
    """Return what the tag is on; a lightweight one is the commit itself."""
    if tag.type == "commit":
        return tag.id
    return signing.tagged_commit(tag) if tag.type == "tag" else None


def tag_sight(ref: str, identity: str) -> str:
    """Return the key under which the first sight of a tag is recorded."""
    return f"tag {ref} {identity}"
