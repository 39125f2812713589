"""Approves a branch on the local forge: first what there is to approve, then a signed tag on exactly that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.flows.ask.request import branch_name, key_holder, readable_policy
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.change import Change, FileChange
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.identity import Account, Provider
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.model.unread import Unread
from gitops_breakglass.ports import SigningClone


@dataclass(frozen=True)
class Proposal:
    """What an approval would be of, and the tag that it would be."""

    what: str
    """`<cluster>/<name>`, or `policy/<word>`."""
    branch: str
    head: str
    tag: str
    author: str | None
    """The name of the person who proposes it; None where the signatures do not say."""
    approver: str
    files: tuple[FileChange, ...]
    content: bytes | None
    """The request's file; None for a change of the policy side."""
    replaces: bool
    """Whether a tag of that name is there, on something else or without worth."""

    @property
    def is_own(self) -> bool:
        """Whether somebody approves what they proposed."""
        return self.author == self.approver


def request_proposal(
    request: RequestId, *, sources: Sources, clone: SigningClone, person: str | None, now: datetime
) -> Proposal:
    """Return what there is to approve of a request. Raises UsageError where there is nothing that could be approved."""
    branch = branch_name(request)
    change, policy = _change(branch, sources, now)
    if change.files != (FileChange(request.path, "A"),) or change.blob_head is None:
        told = ", ".join(f"{each.status} {each.path}" for each in change.files) or "nothing"
        raise UsageError(
            f"{branch} has to add the file {request.path} and nothing else; it changes: {told}",
            hint="ask its author for a branch with one request in it",
        )
    content = sources.repository.blobs([change.blob_head])[change.blob_head]
    return _proposal(str(request), change, policy, clone, content=content, person=person, now=now)


def policy_proposal(
    branch: str, *, sources: Sources, clone: SigningClone, person: str | None, now: datetime
) -> Proposal:
    """Return what there is to approve of a branch that changes the policy side. Raises UsageError like the above."""
    change, policy = _change(branch, sources, now)
    if not change.files or change.path:
        raise UsageError(
            f"{branch} changes {'requests too' if change.path else 'nothing'}",
            hint="the policy side and requests never change in one branch",
        )
    return _proposal(f"policy/{branch.replace('/', '-')}", change, policy, clone, person=person, now=now)


def approve(proposal: Proposal, *, clone: SigningClone, reason: str) -> None:
    """Sign the tag, on the head that was shown, whatever the branch is by now. Raises UsageError."""
    message = reason or f"Approve {proposal.what}"
    clone.tag(proposal.tag, proposal.head, message=message, replace=proposal.replaces)


def _change(branch: str, sources: Sources, now: datetime) -> tuple[Change, PolicySide]:
    tip = sources.repository.tip()
    policy = readable_policy(sources, tip)
    if (provider := policy.configuration.provider) is not Provider.LOCAL:
        raise UsageError(
            f"approvals of this repository are given at {provider.value}: a signed tag would not count",
            hint="approve the change there; `gitops-breakglass gate --change NUMBER` tells what it comes to",
        )
    change = sources.forge.proposed(branch, tip=tip, sights={}, now=now)
    if isinstance(change, Unread):
        raise UsageError(change.message, hint=change.hint)
    return change, policy


def _proposal(
    what: str,
    change: Change,
    policy: PolicySide,
    clone: SigningClone,
    *,
    content: bytes | None = None,
    person: str | None,
    now: datetime,
) -> Proposal:
    account = Account(Provider.LOCAL, clone.fingerprint())
    name = key_holder(policy, account.id, now).name
    if person not in (None, name):
        raise UsageError(
            f"the signing key {account.id} is {name}'s, not {person}'s", hint="sign with a key of theirs (--key)"
        )
    mine = [review for review in change.reviews if review.account == account and review.problem is None]
    if any(review.commit == change.head for review in mine):
        raise UsageError(
            f"{name} has approved {change.head[:12]} already", hint="nothing to do: push the tag, if it is not pushed"
        )
    tag = f"breakglass/approve/{what}/{name}"
    author = policy.identities.holder(change.author, now) if change.author else None
    return Proposal(
        what=what,
        branch=change.id,
        head=change.head,
        tag=tag,
        author=author.name if author else None,
        approver=name,
        files=change.files,
        content=content,
        replaces=clone.has_tag(tag),
    )
