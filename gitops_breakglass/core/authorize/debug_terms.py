"""The terms of a debug session: who may ask for its template, who approves, and who takes part, by one policy side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from gitops_breakglass.core.authorize.agreed import Terms
from gitops_breakglass.core.authorize.limits import Limits
from gitops_breakglass.core.authorize.membership import (
    NOBODY,
    Perhaps,
    in_both,
    people_of,
    perhaps_of,
    unread_reason,
)
from gitops_breakglass.core.authorize.people import RESERVED
from gitops_breakglass.core.authorize.standing import Standing, standing_of_approvers, standing_of_requesters
from gitops_breakglass.core.debug.offer import offer_of
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.debug_offer import DebugOffer
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.policy import ClusterConfig, PolicySide, SignIn
from gitops_breakglass.model.request import DebugRequest, Subject


def debug_terms(
    request: DebugRequest, author: str, policy: PolicySide, *, decided: str | None, at: datetime | None
) -> Terms | tuple[Reason, ...]:
    """Return the terms of the author's session, or why there are none. Nobody approves a session of their own, as upstream.

    Of what was `decided` before, a participant who may not take part any more is left out, and is no reason against it.
    """
    offer = offer_of(request, policy, now=at, decided=decided)
    if isinstance(offer, tuple):
        return offer
    cluster, configuration = policy.clusters[request.id.cluster], policy.configuration
    named, perhaps = _named_by_all(offer.allowed, policy, cluster.name)
    askers = standing_of_requesters(named, policy, cluster, SignIn(), request)
    may_ask = perhaps.only(standing_of_requesters(perhaps.people, policy, cluster, SignIn(), request).people)
    participants, problems, unsure = _participants(request, author, askers, may_ask, policy)
    if problems and decided is None:
        return problems[:1]
    choosers, perhaps_choosers = _named_by_all((each.audience for each in offer.restricted), policy, cluster.name)
    allowed, perhaps_allowed = askers.people, may_ask
    if offer.restricted:
        allowed = askers.people & choosers
        perhaps_allowed = in_both(askers.people, may_ask, choosers, perhaps_choosers)
    approvers = people_of(offer.approvers, policy, cluster.name)
    perhaps_approvers = perhaps_of(offer.approvers, policy)
    standing = standing_of_approvers(approvers, policy, cluster, (), SignIn())
    more = standing_of_approvers(perhaps_approvers.people, policy, cluster, (), SignIn())
    is_auto, unread = _auto_approval(offer, author, policy, cluster)
    return Terms(
        source=offer.source,
        allowed=allowed,
        approvers=standing.people,
        block_self_approval=True,
        approval_timeout=configuration.approval_timeout,
        decision_window=configuration.decision_window,
        max_duration=min(offer.max_duration, configuration.max_duration),
        default_duration=min(offer.default_duration, configuration.max_duration),
        approval_reason_mandatory=offer.approval_reason.mandatory,
        approval_reason_least=offer.approval_reason.min_length,
        approval_optional=is_auto,
        barred={**_barred_by_choice(offer, askers.people, policy, cluster), **askers.barred},
        barred_approvers=standing.barred,
        limits=Limits(scoped=offer.limits),
        perhaps_allowed=perhaps_allowed,
        perhaps_approvers=perhaps_approvers.only(more.people - standing.people),
        participants=participants,
        unsure=tuple(dict.fromkeys((*unsure, *unread))),
    )


def _named_by_all(audiences: Iterable[Audience], policy: PolicySide, cluster: str) -> tuple[frozenset[str], Perhaps]:
    """Return whom every audience names, and whom they may name besides; of none it is nobody."""
    result: tuple[frozenset[str], Perhaps] | None = None
    for each in audiences:
        people, perhaps = people_of(each, policy, cluster), perhaps_of(each, policy)
        if result is not None:
            before, perhaps_before = result
            people, perhaps = before & people, in_both(before, perhaps_before, people, perhaps)
        result = people, perhaps
    return result or (frozenset(), NOBODY)


def _barred_by_choice(
    offer: DebugOffer, people: frozenset[str], policy: PolicySide, cluster: ClusterConfig
) -> Mapping[str, Reason]:
    """Return who may ask for the template and surely not for what the request chooses of it."""
    found: dict[str, Reason] = {}
    for each in offer.restricted:
        others = people - people_of(each.audience, policy, cluster.name) - perhaps_of(each.audience, policy).people
        for person in others:
            reason = Reason("debug-choice", f"{each.what} is not for {person}", "leave it out, or choose another")
            found.setdefault(person, reason)
    return found


def _participants(
    request: DebugRequest, author: str, askers: Standing, perhaps: Perhaps, policy: PolicySide
) -> tuple[Mapping[str, Subject], tuple[Reason, ...], tuple[Reason, ...]]:
    """Return who takes part, by name, each as whom the cluster knows; why others can't; and why that can't be said for sure."""
    found: dict[str, Subject] = {}
    problems: list[Reason] = []
    unsure: tuple[Reason, ...] = ()
    for index, word in enumerate(request.participants):
        person = policy.identities.answering_to(word, request.id.cluster)
        username = person.username_on(request.id.cluster) if person else None
        problem = None
        if person is None or username is None:
            problem = f"{word} is nobody's e-mail address, nor anybody's username on {request.id.cluster}"
        elif username.startswith(RESERVED):
            problem = f"{word} can't take part: {username!r} belongs to Kubernetes itself"
        elif person.name == author:
            problem = f"{word} is who asks, and has the session anyway"
        elif person.name in askers.barred:
            problem = f"{word} can't take part: {askers.barred[person.name].message}"
        elif person.name not in askers.people | perhaps.people:
            problem = f"{word} is not among those who may ask for template {request.template}"
        if problem is not None:
            at = request.document.at("spec", "invitedParticipants", index)
            hint = "whoever takes part is in identities.yaml, and may ask for the template too"
            problems.append(Reason("debug-participant", problem, hint, at))
        elif person is not None and username is not None:
            found[person.name] = Subject("User", username)
            unsure = unsure if person.name in askers.people else perhaps.reasons
    return found, tuple(problems), unsure


def _auto_approval(
    offer: DebugOffer, author: str, policy: PolicySide, cluster: ClusterConfig
) -> tuple[bool, tuple[Reason, ...]]:
    """Whether nobody has to approve, by the cluster or a group of the author's; and why that can't be said for sure."""
    person = policy.identities.person(author)
    if not offer.auto_approval or person is None:
        return False, ()
    groups, perhaps = policy.identities.groups_of(person), policy.identities.groups_perhaps_of(person)
    open_to = [(each.groups if not matches_any(each.clusters, cluster.name) else None) for each in offer.auto_approval]
    if all(each is None or each & groups for each in open_to):
        return True, ()
    if all(each is None or each & (groups | perhaps) for each in open_to):
        wanted = frozenset().union(*(each or frozenset() for each in open_to))
        return False, tuple(map(unread_reason, policy.identities.unread(wanted & perhaps)))
    return False, ()
