"""Who asked, for whom, and who took part: accounts brought to people, by every policy side that judges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from gitops_breakglass.core.authorize.logins import recycled_reason
from gitops_breakglass.model.change import Change
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.identity import Account, Person
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import BreakglassRequest, Request, Subject

RESERVED = ("system:", "kubeadm:")
"""How usernames begin that belong to Kubernetes itself."""


def person_of(account: Account, policies: Sequence[PolicySide], now: datetime) -> str | None:
    """Return the name of the person that every policy side takes this account for, or None."""
    if recycled_reason(account, policies) is not None:
        return None
    holders = {person.name if (person := policy.identities.holder(account, now)) else None for policy in policies}
    return holders.pop() if len(holders) == 1 else None


def author_of(change: Change, policies: Sequence[PolicySide], now: datetime) -> str | tuple[Reason, ...]:
    """Return the name of the person whose change this is, or why that can't be said."""
    unsigned = [commit for commit in change.commits if commit.problem is not None]
    if unsigned:
        first = unsigned[0]
        return (
            Reason(
                "unsigned-commit",
                f"commit {first.id[:12]} of {change.id} proves nothing about who wrote it: {first.problem}",
                "sign every commit of the branch with a key that identities.yaml has",
            ),
        )
    if change.author is None:
        return (
            Reason(
                "author-unclear",
                f"several people, or nobody, wrote the request in {change.id}",
                "a request is written by one person, in commits of their own",
            ),
        )
    if (recycled := recycled_reason(change.author, policies)) is not None:
        return (recycled,)
    name = person_of(change.author, policies, now)
    if name is None:
        return (
            Reason(
                "author-unknown",
                f"the author of {change.id}, {change.author}, is nobody in identities.yaml",
                "add the account or key to identities.yaml, by an approved change of the policy side",
            ),
        )
    return name


def contributors_of(change: Change, policies: Sequence[PolicySide]) -> frozenset[str]:
    """Return everybody who may have written some of it: signers and pushers for sure, and whoever the commits claim.

    A claim proves nothing, so it never gives a right; it only takes the right to approve. So does a key that may not be
    used any more.
    """
    names: set[str] = set()
    for policy in policies:
        identities = policy.identities
        accounts = set(change.pushers)
        found: list[Person | None] = []
        for commit in change.commits:
            accounts |= {*commit.accounts, *([commit.signer] if commit.signer else [])}
            found += [identities.holder_of_email(email) for email in commit.emails]
        found += [identities.holder(account, None) for account in accounts]
        names |= {person.name for person in found if person}
    return frozenset(names)


def subject_of(request: Request, author: str, policies: Sequence[PolicySide]) -> Subject | tuple[Reason, ...]:
    """Return who gets the access: the author, under their username on the cluster."""
    cluster = request.id.cluster
    people = [person for policy in policies if (person := policy.identities.person(author))]
    usernames = {person.username_on(cluster) for person in people}
    if len(people) != len(policies) or len(usernames) != 1:
        return (Reason("subject-unclear", f"{author}'s username on {cluster} has changed since", "ask again"),)
    username = usernames.pop()
    if username is None:
        return (
            Reason(
                "no-username",
                f"{author} has no Kubernetes username on {cluster}",
                "give the person a username or an e-mail in identities.yaml",
            ),
        )
    if username.startswith(RESERVED):
        return (
            Reason("reserved-subject", f"{username!r} belongs to Kubernetes itself", "nobody may ask for such a name"),
        )
    if strangers := tuple(_strangers(request, people[0])):
        return (
            Reason(
                "subject-not-author",
                f"the request is for {', '.join(strangers)}, but {author} wrote it",
                "ask for yourself: leave the subject out, or give your own username or e-mail",
            ),
        )
    return Subject("User", username)


def _strangers(request: Request, author: Person) -> Iterable[str]:
    if not isinstance(request, BreakglassRequest):
        if request.user is not None and not author.answers_to(request.user, request.id.cluster):
            yield request.user
        return
    for subject in request.subjects:
        if subject.kind != "User" or not author.answers_to(subject.name, request.id.cluster):
            yield f"{subject.kind} {subject.name}"
