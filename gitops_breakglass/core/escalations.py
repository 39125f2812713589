"""Which escalations a session request means, on the cluster that it is for."""

from __future__ import annotations

from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.model.policy import Escalation, PolicySide
from gitops_breakglass.model.request import SessionRequest


def applies_to(escalation: Escalation, cluster: str) -> bool:
    """Whether the escalation is offered on the cluster; one that names no cluster is offered on none."""
    return matches_any(escalation.clusters, cluster)


def named(request: SessionRequest, policy: PolicySide) -> tuple[Escalation, ...]:
    """Return the escalations that the request names, by name or by the group that they give, on whatever cluster.

    A request that gives both must mean both. One that gives neither names nothing.
    """
    if request.escalation is None and request.granted_group is None:
        return ()
    return tuple(
        each
        for each in policy.escalations
        if request.escalation in {None, each.name} and request.granted_group in {None, each.group}
    )


def candidates(request: SessionRequest, policy: PolicySide) -> tuple[Escalation, ...]:
    """Return the escalations that the request names and that its cluster has; only exactly one can be granted."""
    return tuple(each for each in named(request, policy) if applies_to(each, request.id.cluster))
