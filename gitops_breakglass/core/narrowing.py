"""What the deny policies of a policy side leave of one request, by that policy side alone: the same on every machine."""

from __future__ import annotations

from gitops_breakglass.core.deny.preview import Preview, preview_without
from gitops_breakglass.core.deny.selection import policies_for
from gitops_breakglass.core.effect import may_be_more, resolved_by_policy
from gitops_breakglass.core.escalations import candidates
from gitops_breakglass.model.deny import GLOBAL, DenyPolicy
from gitops_breakglass.model.policy import Escalation, ManifestsTarget, PolicySide
from gitops_breakglass.model.request import BreakglassRequest, DebugRequest, Request, SessionRequest


def narrowing_of(request: Request, policy: PolicySide) -> Preview | None:
    """Return what is left of a request; None where it is not clear which escalation it means, or nothing is denied.

    Of a debug session nothing is told here: what it comes to hold takes its rendered objects.
    """
    if isinstance(request, DebugRequest):
        return None
    escalation: Escalation | None = None
    if isinstance(request, SessionRequest):
        meant = candidates(request, policy)
        if len(meant) != 1:
            return None
        escalation = meant[0]
    return narrowed_by(request, escalation, policy)


def narrowed_by(request: Request, escalation: Escalation | None, policy: PolicySide) -> Preview | None:
    """Return what is left of a request for this escalation, or for none where it is a `Breakglass`.

    Requests that ask for the same, and that the same policies hold for, are alike: it is found out once.
    """
    policies = policies_for(request, escalation, policy)
    if not policies:
        return None
    asked = escalation.name if isinstance(request, SessionRequest) and escalation else _asked(request)
    folder = _folder(request, policy)
    alike = (narrowed_by, asked, tuple((each.location, each.scope == GLOBAL) for each in policies), folder)
    if alike not in policy.known:
        policy.known[alike] = _narrowed(request, escalation, policy, policies, folder)
    found = policy.known[alike]
    return found if isinstance(found, Preview) else None


def _asked(request: Request) -> object:
    return (request.cluster_roles, request.policy) if isinstance(request, BreakglassRequest) else None


def _folder(request: Request, policy: PolicySide) -> str | None:
    """Return the cluster's name where it is reached by a folder of manifests."""
    access = policy.configuration.clusters.get(request.id.cluster)
    return access.name if access is not None and isinstance(access.target, ManifestsTarget) else None


def _narrowed(
    request: Request,
    escalation: Escalation | None,
    policy: PolicySide,
    policies: tuple[DenyPolicy, ...],
    folder: str | None,
) -> Preview:
    resolved = resolved_by_policy(request, escalation, policy.rbac)
    return preview_without(
        resolved.scopes,
        policies,
        escalation.override if escalation else None,
        may_be_more=may_be_more(request, escalation, resolved),
        folder=folder,
    )
