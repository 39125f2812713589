"""By what somebody who is named counts: an address at a domain, and a provider by which they sign in."""

from __future__ import annotations

from collections.abc import Iterable

from gitops_breakglass.model.identity import Person
from gitops_breakglass.model.policy import ClusterConfig, PolicySide, SignIn

Lists = tuple[tuple[str, ...], ...]
"""Names of identity providers; an empty list restricts nothing."""


def domains_of_approvers(domains: tuple[str, ...], cluster: ClusterConfig) -> tuple[str, ...]:
    """Return the domains that hold: as upstream has it, an escalation's take the place of the cluster's."""
    return domains or cluster.approver_domains


def providers_of_approvers(sign_in: SignIn, cluster: ClusterConfig) -> Lists:
    """Return the lists of providers that hold for approvers: an escalation's come on top of the cluster's."""
    return (sign_in.everybody, sign_in.approvers, cluster.identity_providers)


def has_address_at(person: Person, domains: tuple[str, ...]) -> bool:
    """Whether identities.yaml has an address of theirs at one of the domains; no domains are any."""
    endings = tuple(f"@{domain}".casefold() for domain in domains)
    return not endings or any(email.casefold().endswith(endings) for email in person.emails)


def wanted_of(lists: Iterable[tuple[str, ...]]) -> frozenset[str] | None:
    """Return the providers that are on every list that restricts, or None where none does."""
    restricting = [frozenset(each) for each in lists if each]
    return frozenset.intersection(*restricting) if restricting else None


def usable(names: Iterable[str], policy: PolicySide) -> frozenset[str]:
    """Return those by which somebody can count: they have a document, and are not disabled."""
    found = ((name, policy.identity_providers.get(name)) for name in names)
    return frozenset(name for name, provider in found if provider is not None and not provider.disabled)


def signs_in_by(person: Person, wanted: frozenset[str] | None, policy: PolicySide) -> bool:
    """Whether one of the providers is theirs and can be used; None is any."""
    return wanted is None or bool(usable(wanted & set(person.identity_providers), policy))
