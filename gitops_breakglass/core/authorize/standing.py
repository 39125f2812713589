"""Of those whom a policy names, who counts: by an e-mail address's domain, and by where they sign in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from gitops_breakglass.core.eligibility import (
    Lists,
    domains_of_approvers,
    has_address_at,
    providers_of_approvers,
    signs_in_by,
    usable,
    wanted_of,
)
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.identity import Person
from gitops_breakglass.model.policy import ClusterConfig, PolicySide, SignIn
from gitops_breakglass.model.request import Request, SessionRequest

_Objection = Callable[[Person], Reason | None]


@dataclass(frozen=True)
class Standing:
    """Names of persons who count, and of those who are named and do not, each with the reason why."""

    people: frozenset[str]
    barred: Mapping[str, Reason]


def standing_of_approvers(
    named: AbstractSet[str], policy: PolicySide, cluster: ClusterConfig, domains: tuple[str, ...], sign_in: SignIn
) -> Standing:
    """Return who of the approvers counts; `domains` and `sign_in` are what an escalation asks for."""
    wanted = domains_of_approvers(domains, cluster)
    lists = providers_of_approvers(sign_in, cluster)

    def objection(person: Person) -> Reason | None:
        return _foreign_address(person, wanted) or _signs_in_elsewhere(person, lists, policy)

    return _standing(named, policy, objection)


def standing_of_requesters(
    named: AbstractSet[str], policy: PolicySide, cluster: ClusterConfig, sign_in: SignIn, request: Request
) -> Standing:
    """Return who of those that may ask counts. A session may name its provider or issuer, which then has to be theirs."""
    lists = (sign_in.everybody, sign_in.requesters, cluster.identity_providers, *_asked_for(request, policy))
    return _standing(named, policy, lambda person: _signs_in_elsewhere(person, lists, policy))


def _asked_for(request: Request, policy: PolicySide) -> Lists:
    if not isinstance(request, SessionRequest):
        return ()
    asked: list[tuple[str, ...]] = []
    if request.identity_provider is not None:
        asked.append((request.identity_provider,))
    if request.issuer is not None:
        issuers = (each.name for each in policy.identity_providers.values() if each.issuer == request.issuer)
        # An issuer that nobody has is a list that nobody is on, which is not the same as no list.
        asked.append(tuple(issuers) or (request.issuer,))
    return tuple(asked)


def _standing(named: AbstractSet[str], policy: PolicySide, objection: _Objection) -> Standing:
    people = [person for person in policy.identities.people if person.name in named]
    barred = {person.name: reason for person in people if (reason := objection(person)) is not None}
    return Standing(frozenset(named) - frozenset(barred), barred)


def _foreign_address(person: Person, domains: tuple[str, ...]) -> Reason | None:
    if has_address_at(person, domains):
        return None
    return Reason(
        "approver-domain",
        f"{person.name} is an approver, but none of the addresses that identities.yaml has is at {' or '.join(domains)}",
        "allowedApproverDomains says whose approval counts: another of the approvers has to",
    )


def _signs_in_elsewhere(person: Person, lists: Lists, policy: PolicySide) -> Reason | None:
    wanted = wanted_of(lists)
    if wanted is None or signs_in_by(person, wanted, policy):
        return None
    names = sorted(usable(wanted, policy))
    hint = f"have identities.yaml say `identityProviders: [{', '.join(names)}]` of {person.name}, if that is so"
    if not names:
        hint = "nobody counts until one of the names has an IdentityProvider document that is not disabled"
    which = " or ".join(sorted(wanted)) or "one that is on every list of them"
    return Reason(
        "identity-provider", f"{person.name} would have to sign in by {which}, and by identities.yaml does not", hint
    )
