"""The terms of a request: who may ask, who may approve, how long, resolved to people by one policy side."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from gitops_breakglass.core.authorize.agreed import Terms, strictest
from gitops_breakglass.core.authorize.approvers import approvers_of
from gitops_breakglass.core.authorize.debug_terms import debug_terms
from gitops_breakglass.core.authorize.limits import limits_of
from gitops_breakglass.core.authorize.membership import people_of, perhaps_of
from gitops_breakglass.core.authorize.standing import Standing, standing_of_approvers, standing_of_requesters
from gitops_breakglass.core.escalations import applies_to, candidates
from gitops_breakglass.core.offers import ONE_TIME_MAXIMUM, misfits
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.policy import Audience, Offer, PolicySide, SignIn
from gitops_breakglass.model.request import BreakglassRequest, DebugRequest, Request, SessionRequest

__all__ = ["Terms", "strictest", "terms_of"]


def terms_of(
    request: Request, author: str, policy: PolicySide, *, decided: str | None = None, at: datetime | None = None
) -> Terms | tuple[Reason, ...]:
    """Return the terms of the author's request by this policy side, or why there are none.

    Where several offers fit, it is the first one that the author may use and of which somebody may approve it, which the
    approvers in the file may narrow to nobody. One that it was `decided` by is asked for first: who is in a team is not
    asked again, and nothing that was granted ends on that account.
    """
    if request.id.cluster not in policy.clusters or request.id.cluster not in policy.configuration.clusters:
        return (
            Reason(
                "unknown-cluster",
                f"the policy side at {policy.commit[:12]} has no cluster {request.id.cluster}",
                "a cluster needs a ClusterConfig in clusters/ and an entry in breakglass.yaml",
            ),
        )
    if isinstance(request, SessionRequest):
        return _session_terms(request, author, policy)
    if isinstance(request, DebugRequest):
        return debug_terms(request, author, policy, decided=decided, at=at)
    return _offer_terms(request, author, policy, decided)


def _session_terms(request: SessionRequest, author: str, policy: PolicySide) -> Terms | tuple[Reason, ...]:
    found = candidates(request, policy)
    wanted = request.escalation or f"one that gives {request.granted_group}"
    if not found:
        return (
            Reason(
                "unknown-escalation",
                f"there is no escalation {wanted} for {request.id.cluster} at {policy.commit[:12]}",
                "name one that is in policies/ and allows this cluster",
            ),
        )
    if len(found) > 1:
        names = ", ".join(sorted(each.name for each in found))
        return (Reason("ambiguous-escalation", f"several escalations fit: {names}", "name one as spec.escalation"),)
    escalation = found[0]
    if not applies_to(escalation, request.id.cluster):
        return (
            Reason(
                "escalation-not-offered-here",
                f"{escalation.name} is not for {request.id.cluster}",
                "choose an escalation that allows this cluster",
                escalation.location,
            ),
        )
    cluster = policy.clusters[request.id.cluster]
    configuration = policy.configuration
    blocked = _first(escalation.block_self_approval, cluster.block_self_approval, configuration.block_self_approval)

    def askers_among(named: AbstractSet[str]) -> Standing:
        return standing_of_requesters(named, policy, cluster, escalation.sign_in, request)

    askers = askers_among(people_of(escalation.allowed, policy, cluster.name))
    approvers = approvers_of(escalation.approvers, escalation, policy, cluster)
    overriding = escalation.override_approvers
    perhaps_allowed = perhaps_of(escalation.allowed, policy)
    return Terms(
        source=f"escalation/{escalation.name}",
        allowed=askers.people,
        approvers=approvers.people,
        block_self_approval=blocked,
        approval_timeout=escalation.approval_timeout,
        decision_window=configuration.decision_window,
        max_duration=min(escalation.max_valid_for, configuration.max_duration),
        approval_reason_mandatory=escalation.approval_reason_mandatory,
        barred=askers.barred,
        barred_approvers=approvers.barred,
        hidden=approvers.hidden,
        limits=limits_of(escalation, author, policy),
        perhaps_allowed=perhaps_allowed.only(askers_among(perhaps_allowed.people).people - askers.people),
        perhaps_approvers=approvers.perhaps,
        override=None if overriding is None else approvers_of(overriding, escalation, policy, cluster),
    )


def _offer_terms(
    request: BreakglassRequest, author: str, policy: PolicySide, decided: str | None
) -> Terms | tuple[Reason, ...]:
    fitting = [
        _terms_of_offer(request, policy, offer) for offer in policy.configuration.offers if not misfits(request, offer)
    ]
    if not fitting:
        return (
            Reason(
                "no-offer-fits",
                f"no offer of breakglass.yaml at {policy.commit[:12]} covers all that {request.id} asks for",
                "`gitops-breakglass check` says which offer comes closest, and what exceeds it",
            ),
        )
    usable = [terms for terms in fitting if author in terms.allowed | terms.perhaps_allowed.people]
    whole = [terms for terms in usable if terms.approval_optional or terms.approvers or terms.perhaps_approvers.people]
    return next((terms for terms in usable if terms.source == decided), (*whole, *usable, *fitting)[0])


def _terms_of_offer(request: BreakglassRequest, policy: PolicySide, offer: Offer) -> Terms:
    cluster = policy.clusters[request.id.cluster]
    configuration = policy.configuration
    named, perhaps = people_of(offer.approvers, policy, cluster.name), perhaps_of(offer.approvers, policy)
    if request.approvers:
        narrowed = people_of(Audience(users=frozenset(request.approvers)), policy, cluster.name)
        named, perhaps = named & narrowed, perhaps.only(narrowed)
    approvers = standing_of_approvers(named, policy, cluster, (), SignIn())
    perhaps_approvers = standing_of_approvers(perhaps.people, policy, cluster, (), SignIn())
    askers = standing_of_requesters(people_of(offer.allowed, policy, cluster.name), policy, cluster, SignIn(), request)
    may_ask = perhaps_of(offer.allowed, policy)
    perhaps_askers = standing_of_requesters(may_ask.people, policy, cluster, SignIn(), request)
    return Terms(
        source=f"offer/{offer.name}",
        allowed=askers.people,
        approvers=approvers.people,
        block_self_approval=_first(
            offer.block_self_approval, cluster.block_self_approval, configuration.block_self_approval
        ),
        approval_timeout=offer.approval_timeout or configuration.approval_timeout,
        decision_window=configuration.decision_window,
        max_duration=min(offer.max_duration, configuration.max_duration, ONE_TIME_MAXIMUM),
        approval_optional=offer.approval_optional and not request.approval_required,
        barred=askers.barred,
        barred_approvers=approvers.barred,
        perhaps_allowed=may_ask.only(perhaps_askers.people - askers.people),
        perhaps_approvers=perhaps.only(perhaps_approvers.people - approvers.people),
    )


def _first(*values: bool | None) -> bool:
    return next((value for value in values if value is not None), True)
