"""Whatever is offered has somebody who may approve it."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.eligibility import (
    domains_of_approvers,
    has_address_at,
    providers_of_approvers,
    signs_in_by,
    wanted_of,
)
from gitops_breakglass.core.escalations import applies_to
from gitops_breakglass.core.rules.people.audiences import Named, audiences
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity

_ID = "no-approver"


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    optional = {offer.name for offer in facts.policy.configuration.offers if offer.approval_optional}
    for each in audiences(facts):
        if each.path[-1] == "allowed" or facts.people_of(each.audience) or facts.names_a_team(each.audience):
            continue
        if each.audience.is_empty and each.what in {f"offer {name}" for name in optional}:
            continue
        yield _nobody(each)
    yield from _none_counts(facts)


def _none_counts(facts: PolicyFacts) -> Iterator[Finding]:
    """Tell where all the approvers of an escalation are left out by domain or provider, once for each escalation."""
    policy = facts.policy
    for each in audiences(facts):
        escalation = policy.escalation(each.document.name)
        if (
            escalation is None
            or each.path[0] != "spec"
            or each.path[-1] != "approvers"
            or facts.names_a_team(each.audience)
        ):
            continue
        people = [policy.identities.person(name) for name in facts.people_of(each.audience)]
        named = [person for person in people if person is not None]
        for cluster in policy.clusters.values():
            if not applies_to(escalation, cluster.name):
                continue
            domains = domains_of_approvers(escalation.approver_domains, cluster)
            wanted = wanted_of(providers_of_approvers(escalation.sign_in, cluster))
            near = [person for person in named if has_address_at(person, domains)]
            if named and not any(signs_in_by(person, wanted, policy) for person in near):
                lacks = "signs in by one of the identity providers" if near else "has an address at one of the domains"
                yield Finding(
                    _ID,
                    f"none of the approvers of {each.what} counts on {cluster.name}: not one {lacks} that are asked for",
                    each.document.at(*each.path),
                    Severity.WARNING,
                    hint="give one of them `identityProviders` in identities.yaml, or change the lists of providers"
                    if near
                    else "name somebody who has one, add it to `emails` in identities.yaml, or change allowedApproverDomains",
                )
                break


def _nobody(named: Named) -> Finding:
    what = "changes of the policy side" if named.what == "policyApprovers" else named.what
    return Finding(
        _ID,
        f"nobody may approve {what}",
        named.document.at(*named.path),
        # Who is named and not known yet may be added without touching this document.
        Severity.ERROR if named.audience.is_empty else Severity.WARNING,
        hint="name users or groups that identities.yaml has",
    )


RULE = Rule(
    _ID,
    "every escalation and offer, and the policy side itself, has somebody who may approve",
    "An empty list is nobody, not everybody, and so is a group that nobody is in: nothing of it could ever be granted.",
    on_policy=_on_policy,
)
