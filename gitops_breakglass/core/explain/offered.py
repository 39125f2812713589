"""What the organisation offers that would give what a question is about: escalations, and offers for `Breakglass`."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.deny.on_cluster import evaluate_on_cluster
from gitops_breakglass.core.deny.selection import with_named
from gitops_breakglass.core.escalations import applies_to
from gitops_breakglass.core.explain.asking import may_ask_offer, may_ask_session
from gitops_breakglass.core.explain.holding import holding
from gitops_breakglass.core.explain.known import Known
from gitops_breakglass.core.explain.requests import current_scopes
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.model.deny import Circumstances, Verdict
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.explanation import Question, Way
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.policy import Escalation, Offer
from gitops_breakglass.model.request import BreakglassRequest, NamespaceRules, RequestId, Schedule, SessionRequest

_NONE = Document("", {})
"""Stands for the file of a request that nobody has written."""


def offered_ways(known: Known, question: Question) -> tuple[Way, ...]:
    """Return a way for each escalation and offer on the cluster whose rights hold what is asked, open to the subject or not."""
    return (*_escalations(known, question), *_offers(known, question))


def _escalations(known: Known, question: Question) -> Iterator[Way]:
    for escalation in known.policy.escalations:
        if not applies_to(escalation, question.cluster):
            continue
        request = SessionRequest(RequestId(question.cluster, ""), _NONE, escalation=escalation.name)
        scopes, unsure = current_scopes(request, escalation, known)
        held = holding(scopes, question.ask, known.policy.rbac)
        if held is None and not unsure:
            continue
        standing, why = may_ask_session(request, known.policy, question)
        verdict = None if held is None else _verdict(escalation, known, question)
        where = escalation.location
        yield Way("escalation", escalation.name, where, standing, "", held, verdict, why=why, unsure=unsure)


def _verdict(escalation: Escalation | None, known: Known, question: Question) -> Verdict:
    cluster = known.policy.clusters.get(question.cluster)
    under = Circumstances(
        question.cluster, cluster.tenant if cluster else None, escalation=escalation.name if escalation else None
    )
    policies = with_named(known.policy.deny, escalation.deny_refs if escalation else ())
    override = escalation.override if escalation else None
    return evaluate_on_cluster(policies, question.ask, under, pod=known.pod, override=override)


def _offers(known: Known, question: Question) -> Iterator[Way]:
    for offer in known.policy.configuration.offers:
        if not matches_any(offer.clusters, question.cluster):
            continue
        scopes, unsure = current_scopes(_widest(offer, known, question), None, known)
        held = holding(scopes, question.ask, known.policy.rbac)
        if held is None and not unsure:
            continue
        standing, why = may_ask_offer(offer, known.policy, question)
        verdict = None if held is None else _verdict(None, known, question)
        where = Location("breakglass.yaml")
        yield Way("offer", offer.name, where, standing, "", held, verdict, why=why, unsure=unsure)


def _widest(offer: Offer, known: Known, question: Question) -> BreakglassRequest:
    """Return a request for everything that the offer has where the question is about, but for roles that there are not."""
    namespace = question.ask.namespace
    roles = offer.cluster_roles
    if known.live is not None:
        there = (*known.policy.rbac.roles, *known.live.rbac.roles)
        roles &= {each.name for each in there if not each.namespace}
    rules = (NamespaceRules(namespace, offer.rules),) if namespace and matches_any(offer.namespaces, namespace) else ()
    return BreakglassRequest(
        RequestId(question.cluster, ""), _NONE, Schedule(offer.max_duration), tuple(sorted(roles)), rules
    )
