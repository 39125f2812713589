"""The terms of a request: who may ask, who may approve, how long, resolved to people by one policy side."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import timedelta

from gitops_breakglass.core.authorize.approvers import Approvers, approvers_of, stricter
from gitops_breakglass.core.authorize.limits import Limits, both, limits_of
from gitops_breakglass.core.authorize.membership import NOBODY, Perhaps, in_both, people_of, perhaps_of
from gitops_breakglass.core.authorize.standing import Standing, standing_of_approvers, standing_of_requesters
from gitops_breakglass.core.escalations import applies_to, candidates
from gitops_breakglass.core.offers import ONE_TIME_MAXIMUM, misfits
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.policy import Audience, Offer, PolicySide, SignIn
from gitops_breakglass.model.request import BreakglassRequest, Request, SessionRequest


@dataclass(frozen=True)
class Terms:
    """What one policy side says of one request. People are names of persons; durations are elapsed time."""

    source: str
    allowed: frozenset[str]
    approvers: frozenset[str]
    block_self_approval: bool
    approval_timeout: timedelta
    decision_window: timedelta
    max_duration: timedelta
    """What a request that names no duration gets; what one may ask for is the rules' to judge."""
    approval_reason_mandatory: bool = False
    approval_optional: bool = False
    barred: Mapping[str, Reason] = field(default_factory=dict)
    """Who is named among those who may ask and does not count, and why."""
    barred_approvers: Mapping[str, Reason] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    """Approvers who are never named, only counted: they are so through a hidden group alone."""
    limits: Limits = field(default_factory=Limits)
    perhaps_allowed: Perhaps = NOBODY
    """Who may ask besides, if they are in a team of which that can't be said; likewise `perhaps_approvers`."""
    perhaps_approvers: Perhaps = NOBODY
    override: Approvers | None = None
    """Who has to approve besides, where the escalation overrides pod rules and asks for that."""

    @property
    def all_approvers(self) -> frozenset[str]:
        """Everybody whose approval is asked for, be it of the request or of what is overridden."""
        return self.approvers | (self.override.people if self.override else frozenset())

    def may_approve(self, excluded: AbstractSet[str]) -> tuple[tuple[str, ...], int]:
        """Return the names of those whose approval would count, and how many more there are who are not named."""
        return Approvers(self.approvers, hidden=self.hidden).may_approve(excluded)


def terms_of(
    request: Request, author: str, policy: PolicySide, *, decided: str | None = None
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
    return _offer_terms(request, author, policy, decided)


def strictest(first: Terms, second: Terms) -> Terms | tuple[Reason, ...]:
    """Return the stricter of both in every respect, or why they can't be brought together."""
    if first.source != second.source:
        return (
            Reason(
                "source-changed",
                f"when it was merged this request was one of {first.source}, now it is one of {second.source}",
                "ask again under a new name",
            ),
        )
    return Terms(
        source=first.source,
        allowed=first.allowed & second.allowed,
        approvers=first.approvers & second.approvers,
        block_self_approval=first.block_self_approval or second.block_self_approval,
        approval_timeout=min(first.approval_timeout, second.approval_timeout),
        decision_window=min(first.decision_window, second.decision_window),
        max_duration=min(first.max_duration, second.max_duration),
        approval_reason_mandatory=first.approval_reason_mandatory or second.approval_reason_mandatory,
        approval_optional=first.approval_optional and second.approval_optional,
        barred={**second.barred, **first.barred},
        barred_approvers={**second.barred_approvers, **first.barred_approvers},
        hidden=first.hidden | second.hidden,
        limits=both(first.limits, second.limits),
        perhaps_allowed=in_both(first.allowed, first.perhaps_allowed, second.allowed, second.perhaps_allowed),
        perhaps_approvers=in_both(first.approvers, first.perhaps_approvers, second.approvers, second.perhaps_approvers),
        override=stricter(first.override, second.override),
    )


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
