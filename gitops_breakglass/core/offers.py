"""Whether a Breakglass request stays within an offer, the only way in which anything can be had by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

from gitops_breakglass.core.coverage import coverage_asked
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.rbac.algebra import covers, uncovered
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.policy import Offer
from gitops_breakglass.model.request import BreakglassRequest
from gitops_breakglass.model.rules import ALL, PolicyRule, Rules
from gitops_breakglass.model.window import print_duration

ONE_TIME_MAXIMUM = timedelta(hours=24)
"""The longest window of a Breakglass that is not recurring, whatever its offer says."""


Excess: TypeAlias = tuple[str, Path]
"""What is more than an offer has, in words, and where the request asks for it."""


def misfits(request: BreakglassRequest, offer: Offer) -> tuple[Excess, ...]:
    """Say in how many ways the request asks for more than the offer has; empty where it fits entirely.

    Who may ask and who may approve is not judged here: that takes the change's author and the reviews.
    """
    return (*asks_too_much(request, offer), *_approval(request, offer))


def asks_too_much(request: BreakglassRequest, offer: Offer) -> tuple[Excess, ...]:
    """Say in how many ways the request is for more than the offer has, whether or not it has to be approved."""
    return (
        *_cluster(request, offer),
        *_roles(request, offer),
        *_policy(request, offer),
        *_schedule(request, offer),
    )


def _cluster(request: BreakglassRequest, offer: Offer) -> Iterator[Excess]:
    if not matches_any(offer.clusters, request.id.cluster):
        yield f"cluster {request.id.cluster} is not among its clusters", ("spec",)


def _roles(request: BreakglassRequest, offer: Offer) -> Iterator[Excess]:
    for role in sorted(set(request.cluster_roles) - offer.cluster_roles):
        yield f"cluster role {role} is not among its clusterRoles", ("spec", "clusterRoles")


def _policy(request: BreakglassRequest, offer: Offer) -> Iterator[Excess]:
    for index, entry in enumerate(request.policy):
        place: Path = ("spec", "policy", index)
        named = entry.namespace or "(the whole cluster)"
        # The glob `*` matches the empty name too, which would be the whole cluster.
        if not entry.namespace or not matches_any(offer.namespaces, entry.namespace):
            yield f"namespace {named} is not among its namespaces", (*place, "namespace")
        if not covers(offer.rules, entry.rules):
            what = _in_words(uncovered(offer.rules, entry.rules)[0])
            yield f"for namespace {named} it does not offer {what}", (*place, "rules", *_first(entry.rules, offer))


def _first(rules: Rules, offer: Offer) -> Path:
    """Return the index of the first rule that is more than the offer has, and of what it is more by."""
    for index, rule in enumerate(rules):
        if not covers(offer.rules, (rule,)):
            is_offered_in_part = any(covers(offer.rules, (replace(rule, verbs=(verb,)),)) for verb in rule.verbs)
            return (index, "verbs") if is_offered_in_part or ALL in rule.verbs else (index,)
    return ()


def _in_words(rule: PolicyRule) -> str:
    """Return `delete on pods (apps)`."""
    groups = [group for group in rule.api_groups if group]
    where = f" ({', '.join(groups)})" if groups else ""
    return f"{', '.join(rule.verbs)} on {', '.join((*rule.resources, *rule.non_resource_urls))}{where}"


def _schedule(request: BreakglassRequest, offer: Offer) -> Iterator[Excess]:
    duration = request.schedule.duration
    place: Path = ("spec", "schedule", "duration")
    if duration is None:
        yield "no duration is given, so access would never end", place
    elif duration > offer.max_duration:
        longest = print_duration(offer.max_duration)
        yield f"duration {print_duration(duration)} is longer than its maxDuration {longest}", place
    if request.schedule.is_recurring and not offer.recurring:
        yield "it does not offer recurring access", ("spec", "schedule", "cron")
    elif duration is not None and duration <= offer.max_duration:
        yield from _stretch(request, offer)


def _stretch(request: BreakglassRequest, offer: Offer) -> Iterator[Excess]:
    """Hold windows that run into one another to what was agreed to of one."""
    coverage = coverage_asked(request)
    if coverage is not None and coverage.stretch > offer.max_duration:
        unbroken, longest = print_duration(coverage.stretch), print_duration(offer.max_duration)
        words = f"its windows run into one another for {unbroken}, longer than its maxDuration {longest}"
        yield words, ("spec", "schedule", "cron")


def _approval(request: BreakglassRequest, offer: Offer) -> Iterator[Excess]:
    if not request.approval_required and not offer.approval_optional:
        yield "it is not to be had without approval", ("spec", "approval", "required")
