"""The terms of a template and its binding together: the stricter of both, whatever upstream makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce

from gitops_breakglass.core.debug.people import anybody_of
from gitops_breakglass.core.debug.pod_operations import read_operations, says_operations
from gitops_breakglass.core.deny.match import in_namespaces
from gitops_breakglass.core.read.audience import read_audience
from gitops_breakglass.core.read.reading import Reading, words_of
from gitops_breakglass.core.read.selector import read_namespaces
from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.debug_grant import PodOperations
from gitops_breakglass.model.debug_offer import (
    DEFAULT_NAMESPACE,
    AutoApproval,
    DebugBinding,
    DebugTemplate,
    NamespaceChoice,
    ReasonRule,
    SourceLimit,
)
from gitops_breakglass.model.deny import NamespaceFilter
from gitops_breakglass.model.policy import ClusterConfig, PolicySide

DEFAULT = timedelta(hours=1)
"""How long a session lasts where neither its request nor its template says; upstream's default."""
LONGEST = timedelta(hours=4)
"""How long it may last where the template has no bound; upstream's default."""
SHORTEST_REASON, LONGEST_REASON = 10, 1000
"""Characters, where rules about reasons are given without; upstream's defaults."""
_CONSTRAINTS = ("spec", "constraints")
_NAMESPACES = ("spec", "namespaceConstraints")
_AUTO = ("spec", "approvers", "autoApproveFor")


@dataclass(frozen=True)
class DebugTerms:
    """Who, how long, where, and what with the pods."""

    allowed: tuple[Audience, ...]
    approvers: Audience
    auto_approval: tuple[AutoApproval, ...]
    request_reason: ReasonRule
    approval_reason: ReasonRule
    max_duration: timedelta
    default_duration: timedelta
    operations: PodOperations
    namespaces: NamespaceChoice
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    limits: tuple[SourceLimit, ...]


def narrowest(
    template: DebugTemplate, binding: DebugBinding | None, policy: PolicySide, cluster: ClusterConfig
) -> DebugTerms:
    """Return the stricter of both in everything. Where a binding says nothing, the template's word holds."""
    sides = [Reading(template.document), *([Reading(binding.document)] if binding else [])]
    return DebugTerms(
        allowed=_allowed(sides, policy, cluster),
        approvers=_approvers(sides),
        auto_approval=_auto_approval(sides),
        request_reason=_reason(sides, "requestReason"),
        approval_reason=_reason(sides, "approvalReason"),
        max_duration=_duration(sides, "maxDuration", LONGEST),
        default_duration=_duration(sides, "defaultDuration", DEFAULT),
        operations=_operations(sides),
        namespaces=_namespaces(sides),
        labels=_words(sides, "labels"),
        annotations=_words(sides, "annotations"),
        limits=_limits(sides, template, binding),
    )


def _allowed(sides: Sequence[Reading], policy: PolicySide, cluster: ClusterConfig) -> tuple[Audience, ...]:
    """Return who each side lets ask. A template that names nobody offers to nobody; a binding may leave it to its template."""
    template, *bindings = (read_audience(each, "spec", "allowed") for each in sides)
    named = [template, *(each for each in bindings if not each.is_empty)]
    return tuple(anybody_of(each, policy, cluster.name) for each in named)


def _approvers(sides: Sequence[Reading]) -> Audience:
    """Return who approves: whom the binding names, else whom the template names. Naming nobody is no approval."""
    named = [read_audience(each, "spec", "approvers") for each in sides]
    return next((each for each in reversed(named) if not each.is_empty), named[0])


def _auto_approval(sides: Sequence[Reading]) -> tuple[AutoApproval, ...]:
    """Return where nobody has to approve, by each side that speaks of approvers; empty where one of them does not say so."""
    template, *bindings = sides
    speaking = [template, *(each for each in bindings if each.has("spec", "approvers"))]
    found = [AutoApproval(each.texts(*_AUTO, "clusters"), frozenset(each.texts(*_AUTO, "groups"))) for each in speaking]
    return tuple(found) if all(each.clusters or each.groups for each in found) else ()


def _reason(sides: Sequence[Reading], field: str) -> ReasonRule:
    """Return what a reason has to be like by both; a side without the field asks for nothing."""
    given = [each for each in sides if each.has("spec", field)]
    least = (each.number("spec", field, "minLength") for each in given)
    most = (each.number("spec", field, "maxLength") for each in given)
    bounds = [LONGEST_REASON if each is None else each for each in most] if field == "requestReason" else []
    return ReasonRule(
        mandatory=any(each.flag("spec", field, "mandatory") is True for each in given),
        min_length=max((SHORTEST_REASON if each is None else each for each in least), default=0),
        max_length=min(bounds, default=None),
    )


def _duration(sides: Sequence[Reading], field: str, default: timedelta) -> timedelta:
    """Return the shorter one. The default holds for a template, and wherever upstream fills it in: in any `constraints`."""
    template, *bindings = sides
    speaking = [template, *(each for each in bindings if each.has(*_CONSTRAINTS))]
    return min(each.duration(*_CONSTRAINTS, field) or default for each in speaking)


def _operations(sides: Sequence[Reading]) -> PodOperations:
    """Return what all sides that speak of it allow; a template that does not is as upstream has it."""
    template, *bindings = sides
    speaking = (each for each in bindings if says_operations(each))
    return reduce(PodOperations.both, map(read_operations, speaking), read_operations(template))


def _namespaces(sides: Sequence[Reading]) -> NamespaceChoice:
    """Return where pods may be: in what every side allows, and in nothing that one denies.

    A binding's default takes the place of the template's only where the template would let a request choose it.
    """
    template, *bindings = sides
    own = _own_namespaces(template)
    filters = [each for each in (_filter(side, "allowedNamespaces") for side in sides) if each is not None]
    denied = [each for each in (_filter(side, "deniedNamespaces") for side in sides) if each is not None]
    wanted = next((name for each in bindings if (name := each.text(*_NAMESPACES, "defaultNamespace"))), own.default)
    is_open = own.may_choose and own.allowed and all(in_namespaces(each, wanted, None) for each in own.allowed)
    closed = any(in_namespaces(each, wanted, None) is not False for each in own.denied)
    return NamespaceChoice(
        default=wanted if is_open and not closed else own.default,
        may_choose=own.may_choose and not any(map(_forbids_choice, bindings)),
        allowed=tuple(filters),
        denied=tuple(denied),
        create=own.create and all(each.flag(*_NAMESPACES, "createIfNotExists") is not False for each in bindings),
        labels={
            name: word for each in sides for name, word in words_of(each.node(*_NAMESPACES, "namespaceLabels")).items()
        },
    )


def default_namespace(template: Reading) -> str:
    """Return the namespace of a template's sessions that choose none."""
    written = template.text(*_NAMESPACES, "defaultNamespace") or template.text("spec", "targetNamespace")
    return written or DEFAULT_NAMESPACE


def _own_namespaces(template: Reading) -> NamespaceChoice:
    allowed, denied = _filter(template, "allowedNamespaces"), _filter(template, "deniedNamespaces")
    return NamespaceChoice(
        default=default_namespace(template),
        may_choose=template.flag(*_NAMESPACES, "allowUserNamespace") is True and not _forbids_choice(template),
        allowed=() if allowed is None else (allowed,),
        denied=() if denied is None else (denied,),
        create=template.flag(*_NAMESPACES, "createIfNotExists") is True,
    )


def _forbids_choice(side: Reading) -> bool:
    return (
        side.flag(*_NAMESPACES, "allowUserNamespace") is False or side.flag(*_NAMESPACES, "denyUserNamespace") is True
    )


def _filter(side: Reading, field: str) -> NamespaceFilter | None:
    """Return a filter of namespaces; None where it says nothing."""
    found = read_namespaces(side, *_NAMESPACES, field)
    return None if found.is_empty else found


def _words(sides: Sequence[Reading], field: str) -> Mapping[str, str]:
    return {name: word for each in sides for name, word in words_of(each.node("spec", field)).items()}


def _limits(sides: Sequence[Reading], template: DebugTemplate, binding: DebugBinding | None) -> tuple[SourceLimit, ...]:
    """Return the bounds on sessions at a time, each with what it counts; upstream counts those of a binding alone."""
    of_template = f"debug-template/{template.name}"
    of_binding = f"debug-binding/{binding.namespace}/{binding.name}" if binding else ""
    found: list[SourceLimit | None] = [
        _limit(each.number(*_CONSTRAINTS, "maxConcurrentSessions"), source, is_personal=True)
        for each, source in zip(sides, (of_template, of_binding), strict=False)
    ]
    for each in sides[1:]:
        found.append(_limit(each.number("spec", "maxActiveSessionsPerUser"), of_binding, is_personal=True))
        found.append(_limit(each.number("spec", "maxActiveSessionsTotal"), of_binding, is_personal=False))
    return tuple(each for each in found if each is not None)


def _limit(most: int | None, source: str, *, is_personal: bool) -> SourceLimit | None:
    return None if most is None else SourceLimit(most, source, is_personal)
