"""Asks for access: a request file on a branch of its own, judged before it is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.core.authorize.approvers import Approvers
from gitops_breakglass.core.authorize.terms import Terms, terms_of
from gitops_breakglass.core.read.request_path import read_path
from gitops_breakglass.core.validate import judge
from gitops_breakglass.flows import teams
from gitops_breakglass.flows.ask.draft import Wish, draft
from gitops_breakglass.flows.sources import Sources
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.finding import Finding, in_order
from gitops_breakglass.model.identity import Account, Person, Provider
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import RequestId
from gitops_breakglass.ports import SigningClone


@dataclass(frozen=True)
class Second:
    """Of whom one has to approve besides, and cannot be the one who approves the request; told as in `Requested`."""

    approvers: tuple[str, ...]
    unnamed: int
    by_team: bool


@dataclass(frozen=True)
class Requested:
    """A request that is committed, and who may approve it by the policy side of the default branch."""

    id: RequestId
    branch: str
    commit: str
    author: str
    text: str
    approvers: tuple[str, ...]
    unnamed: int
    """How many more may approve it whose names are not told."""
    needs_approval: bool
    is_unasked: bool = False
    """Whether no approval is asked for at all; else, where it needs none, the merge is its author's own approval."""
    by_team: bool = False
    """Whether members of a team may approve it besides, of whom it can't be said from here who they are."""
    second: Second | None = None
    """Who may approve what its escalation overrides; None where nobody has to."""


@dataclass(frozen=True)
class Refused:
    """A request that was not written, and why."""

    text: str
    findings: tuple[Finding, ...]


def request_id(cluster: str, name: str) -> RequestId:
    """Return the request of that name. Raises UsageError where no file could be called so."""
    read = read_path(RequestId(cluster, name).path)
    if read.value is None:
        raise UsageError(f"no request can be called {cluster}/{name}", hint=read.findings[0].hint)
    return read.value


def branch_name(request: RequestId) -> str:
    """Return the branch that a request is proposed on."""
    return f"breakglass/{request}"


def request(wish: Wish, *, sources: Sources, clone: SigningClone, now: datetime) -> Requested | Refused:
    """Write the request, judge it as `check` would, and commit it; nothing is written where it is refused.

    Raises UsageError where the author can't be told, the name was used before, or somebody else has to be asked for.
    """
    tip = sources.repository.tip()
    policy = readable_policy(sources, tip)
    is_local = policy.configuration.provider is Provider.LOCAL
    author = key_holder(policy, clone.fingerprint(), now) if is_local else _committer(policy, clone)
    _refuse_a_used_name(wish.id, tip, sources, clone)
    text = draft(wish)
    asked, findings = sources.read_request(wish.id.path, text.encode(), "")
    findings = in_order((*findings, *(judge(asked, policy) if asked else ())))
    if asked is None or any(finding.holds_back for finding in findings):
        return Refused(text, findings)
    (policy,) = teams.for_request(sources, (policy,), asked)
    terms = terms_of(asked, author.name, policy)
    if not isinstance(terms, Terms) or author.name not in terms.allowed | terms.perhaps_allowed.people:
        reason = terms[0].message if not isinstance(terms, Terms) else _not_offered(terms, author.name)
        raise UsageError(reason, hint="ask whoever keeps the policy side, or ask for something else")
    branch = branch_name(wish.id)
    message = f"Request {wish.id}\n\n{wish.reason}".strip()
    # Where a forge says who opened a change, a signature is its author's own wish.
    commit = clone.commit_file(branch, tip, path=wish.id.path, content=text.encode(), message=message, signed=is_local)
    approvers, unnamed = terms.may_approve({author.name} if terms.block_self_approval else set())
    alone = not terms.block_self_approval and author.name in terms.approvers
    return Requested(
        wish.id,
        branch,
        commit,
        author.name,
        text,
        approvers,
        unnamed,
        needs_approval=not (alone or terms.approval_optional),
        is_unasked=terms.approval_optional,
        by_team=bool(terms.perhaps_approvers.people - {author.name}),
        second=_second(terms.override, author.name) if terms.override else None,
    )


def _second(approvers: Approvers, author: str) -> Second:
    names, unnamed = approvers.may_approve({author})
    return Second(names, unnamed, bool(approvers.perhaps.people - {author}))


def _not_offered(terms: Terms, author: str) -> str:
    barred = terms.barred.get(author)
    return f"{terms.source} is not offered to {author}" if barred is None else f"{terms.source}: {barred.message}"


def readable_policy(sources: Sources, tip: str) -> PolicySide:
    """Return the policy side at the default branch's tip. Raises UsageError where it can't be read."""
    policy, findings = sources.policy_at(tip)
    if policy is None:
        first = next((f"{each.location}: {each.message}" for each in findings if each.is_error), "")
        raise UsageError(
            f"the policy side of the default branch can't be read: {first or 'it is not there'}",
            hint="run gitops-breakglass check in a checkout of the default branch",
        )
    return policy


def key_holder(policy: PolicySide, fingerprint: str, now: datetime) -> Person:
    """Return whose key it is. Raises UsageError where it is nobody's, or may not be used now."""
    person = policy.identities.holder(Account(Provider.LOCAL, fingerprint), now)
    if person is None:
        raise UsageError(
            f"the signing key {fingerprint} is nobody's in identities.yaml, or may not be used now",
            hint="sign with another key (--key), or have this one added to identities.yaml by an approved change",
        )
    return person


def _committer(policy: PolicySide, clone: SigningClone) -> Person:
    """Return who commits here, by their address: enough for advice, since the forge says who opens the change."""
    email = clone.email()
    person = policy.identities.holder_of_email(email) if email else None
    if person is None:
        raise UsageError(
            f"identities.yaml knows nobody whose address is {email or 'set as git config user.email'}",
            hint="git config user.email you@example.com, with an address that identities.yaml has of you",
        )
    return person


def _refuse_a_used_name(wanted: RequestId, tip: str, sources: Sources, clone: SigningClone) -> None:
    branch = branch_name(wanted)
    if (head := clone.branch_head(branch)) is not None:
        raise UsageError(
            f"there is a branch {branch} already, at {head[:12]}",
            hint=f"choose another name, or drop the branch if it was never merged: git branch -D {branch}",
        )
    if any(touch.path == wanted.path for touch in sources.repository.touches(tip)):
        raise UsageError(
            f"{wanted.path} was on the default branch before, and a name is used once",
            hint="choose another name",
        )
