"""Whether a Breakglass request stays within an offer, the only way in which anything can be had by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.rbac.algebra import covers
from gitops_breakglass.model.policy import Offer
from gitops_breakglass.model.request import BreakglassRequest
from gitops_breakglass.model.window import print_duration

ONE_TIME_MAXIMUM = timedelta(hours=24)
"""The longest window of a Breakglass that is not recurring, whatever its offer says."""


def misfits(request: BreakglassRequest, offer: Offer) -> tuple[str, ...]:
    """Say in how many ways the request asks for more than the offer has; empty where it fits entirely.

    Who may ask and who may approve is not judged here: that takes the change's author and the reviews.
    """
    return (*asks_too_much(request, offer), *_approval(request, offer))


def asks_too_much(request: BreakglassRequest, offer: Offer) -> tuple[str, ...]:
    """Say in how many ways the request is for more than the offer has, whether or not it has to be approved."""
    return (
        *_cluster(request, offer),
        *_roles(request, offer),
        *_policy(request, offer),
        *_schedule(request, offer),
    )


def _cluster(request: BreakglassRequest, offer: Offer) -> Iterator[str]:
    if not matches_any(offer.clusters, request.id.cluster):
        yield f"cluster {request.id.cluster} is not among its clusters"


def _roles(request: BreakglassRequest, offer: Offer) -> Iterator[str]:
    for role in sorted(set(request.cluster_roles) - offer.cluster_roles):
        yield f"cluster role {role} is not among its clusterRoles"


def _policy(request: BreakglassRequest, offer: Offer) -> Iterator[str]:
    for entry in request.policy:
        # The glob `*` matches the empty name too, which would be the whole cluster.
        if not entry.namespace or not matches_any(offer.namespaces, entry.namespace):
            yield f"namespace {entry.namespace or '(the whole cluster)'} is not among its namespaces"
        if not covers(offer.rules, entry.rules):
            yield f"the rules for namespace {entry.namespace or '(the whole cluster)'} exceed its rules"


def _schedule(request: BreakglassRequest, offer: Offer) -> Iterator[str]:
    duration = request.schedule.duration
    if duration is None:
        yield "no duration is given, so access would never end"
    elif duration > offer.max_duration:
        yield f"duration {print_duration(duration)} is longer than its maxDuration {print_duration(offer.max_duration)}"
    if request.schedule.is_recurring and not offer.recurring:
        yield "it does not offer recurring access"


def _approval(request: BreakglassRequest, offer: Offer) -> Iterator[str]:
    if not request.approval_required and not offer.approval_optional:
        yield "it is not to be had without approval"
