"""A debug session as one policy side has it rendered, for who asks and who takes part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitops_breakglass.core.debug.namespaces import namespace_key, namespace_of, namespace_reasons
from gitops_breakglass.core.debug.offer import offer_of, possible_offers
from gitops_breakglass.core.debug.operations.objects import wanted_facts
from gitops_breakglass.core.debug.parts import Facts
from gitops_breakglass.core.debug.session import Session, session_of
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.kube import ObjectKey
from gitops_breakglass.model.policy import PolicySide
from gitops_breakglass.model.request import DebugRequest, Subject


def session_by(
    policy: PolicySide,
    request: DebugRequest,
    owner: Subject,
    participants: Sequence[Subject],
    source: str,
    facts: Facts | None,
) -> Session:
    """Return what the session comes to by the policy side's own template and binding: those that the source names."""
    offer = offer_of(request, policy, decided=source)
    if isinstance(offer, tuple):
        return Session(None, problems=offer)
    if problems := namespace_reasons(request, offer, facts):
        return Session(None, problems=problems)
    return session_of(request, offer, owner, participants, facts, repository=policy.configuration.repository)


def session_by_all(
    policies: Sequence[PolicySide],
    request: DebugRequest,
    owner: Subject,
    participants: Sequence[Subject],
    source: str,
    facts: Facts | None,
) -> Session:
    """Return the session that every one of the policy sides has rendered; where they differ it is none."""
    sessions = [session_by(policy, request, owner, participants, source, facts) for policy in policies]
    problems = tuple(dict.fromkeys(problem for each in sessions for problem in each.problems))
    if problems:
        return Session(None, problems=problems)
    if any(each.grant != sessions[0].grant for each in sessions):
        what = f"when it was merged {source} made other objects of this request than it makes now"
        return Session(None, problems=(Reason("source-changed", what, "ask again under a new name"),))
    return sessions[-1]


def facts_wanted(request: DebugRequest, policies: Iterable[PolicySide]) -> tuple[ObjectKey, ...]:
    """Return what has to be looked for on the cluster before the session can be rendered: namespaces, pods, nodes."""
    offers = (offer for policy in policies for offer in possible_offers(request, policy))
    namespaces = (namespace_key(namespace_of(request, offer)) for offer in offers)
    operations = wanted_facts(request) if request.operations else ()
    return tuple(dict.fromkeys((*namespaces, *operations)))
