"""What a grant would let its subject do, place by place, with the rights that lead to more rights named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gitops_breakglass.core.deny.preview import Preview
from gitops_breakglass.core.primitives import Found, primitives_in
from gitops_breakglass.core.rbac.never import Removed
from gitops_breakglass.core.render.source import Resolved, resolve_breakglass, resolve_session
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.policy import Escalation, Rbac
from gitops_breakglass.model.request import BreakglassRequest, Request
from gitops_breakglass.model.rules import Discovery, Rules


@dataclass(frozen=True)
class PlaceEffect:
    """What may be done in one namespace, or with an empty `namespace` on the whole cluster."""

    namespace: str
    rules: Rules
    source: str
    primitives: tuple[Found, ...]


@dataclass(frozen=True)
class Effect:
    """What a request would come to on its cluster. `is_live` is whether the cluster itself was asked."""

    cluster: str
    places: tuple[PlaceEffect, ...]
    removed: tuple[Removed, ...] = ()
    """What its source holds and nobody is granted, with the reason."""
    unknown: tuple[str, ...] = ()
    """What can't be said without asking the cluster, in sentences."""
    problems: tuple[Reason, ...] = ()
    """Why nothing would be granted as it stands."""
    is_live: bool = False
    held: Preview | None = None
    """How deny policies narrow it; None where none is about it."""

    @property
    def primitives(self) -> tuple[Found, ...]:
        """Every named right once, in the order of the table."""
        return tuple({each.id: each for place in self.places for each in place.primitives}.values())


@dataclass(frozen=True)
class Live:
    """What a cluster holds and serves now."""

    rbac: Rbac
    discovery: Discovery


def resolved_by_policy(request: Request, escalation: Escalation | None, policy: Rbac) -> Resolved:
    """Return what the policy side alone gives, as far as it can be known without a cluster: the same on every machine."""
    return _resolved(request, escalation, policy, None)


def effect_of(request: Request, escalation: Escalation | None, policy: Rbac, live: Live | None = None) -> Effect:
    """Return the effect of a request, which names the escalation unless it is a `Breakglass`.

    Without `live` it is what the policy side gives; wildcards stay as they are, and what the cluster may add is said.
    """
    resolved = _resolved(request, escalation, policy, live)
    places = tuple(
        PlaceEffect(each.namespace, each.rules, each.source, primitives_in(each.rules)) for each in resolved.scopes
    )
    if live is not None:
        return Effect(request.id.cluster, places, resolved.removed, problems=resolved.problems, is_live=True)
    unknown = _not_known(request, escalation, resolved)
    # What the cluster may add could still be granted; where it can add nothing, nothing is.
    problems = resolved.problems if not places and not unknown else ()
    return Effect(request.id.cluster, places, resolved.removed, unknown, problems)


def narrowed(effect: Effect, held: Preview | None) -> Effect:
    """Return the effect with what deny policies leave of it, as far as that can be told."""
    if held is None or not (held.enforcement or held.problems or held.doubts or held.notes):
        return effect
    places = effect.places
    if held.left is not None:
        places = tuple(
            PlaceEffect(each.namespace, each.rules, each.source, primitives_in(each.rules)) for each in held.left
        )
    unknown = effect.unknown
    if held.left is None or held.doubts:
        unknown = (*unknown, f"what deny policies leave of it is for {effect.cluster} to say")
    return replace(effect, places=places, unknown=unknown, problems=(*effect.problems, *held.problems), held=held)


def may_be_more(request: Request, escalation: Escalation | None, resolved: Resolved) -> bool:
    """Whether the cluster may give more than the policy side, which is all that was `resolved`."""
    return bool(_not_known(request, escalation, resolved))


def _resolved(request: Request, escalation: Escalation | None, policy: Rbac, live: Live | None) -> Resolved:
    cluster, discovery = (live.rbac, live.discovery) if live else (Rbac(), None)
    if isinstance(request, BreakglassRequest):
        if live is None:
            request = _of_the_policy_side(request, policy)
        return resolve_breakglass(request, policy=policy, cluster=cluster, discovery=discovery)
    if escalation is None:
        return Resolved(())
    return resolve_session(escalation, policy=policy, cluster=cluster, discovery=discovery)


def _of_the_policy_side(request: BreakglassRequest, policy: Rbac) -> BreakglassRequest:
    """Return the request without the roles that only the cluster can have, whose absence here is no mistake."""
    return replace(request, cluster_roles=tuple(name for name in request.cluster_roles if _has(policy, name)))


def _has(policy: Rbac, name: str) -> bool:
    return any(each.name == name and not each.namespace for each in policy.roles)


def _not_known(request: Request, escalation: Escalation | None, resolved: Resolved) -> tuple[str, ...]:
    cluster = request.id.cluster
    told: list[str] = []
    if isinstance(request, BreakglassRequest):
        told += [f"what {role} holds on {cluster} is not known here" for role in _elsewhere(request, resolved)]
    elif escalation is not None:
        told.append(f"what {cluster} itself binds to {escalation.group} is not known here")
        told += [f"what {role} holds on {cluster} is not known here" for role in resolved.missing]
    if any("*" in (*rule.verbs, *rule.api_groups, *rule.resources) for each in resolved.scopes for rule in each.rules):
        told.append(f"what a wildcard takes in is for {cluster} to say; all of it counts as given here")
    return tuple(told)


def _elsewhere(request: BreakglassRequest, resolved: Resolved) -> Sequence[str]:
    """Return the cluster roles that nothing was found for."""
    found = {source for each in resolved.scopes if not each.namespace for source in each.source.split(", ")}
    return [f"ClusterRole {name}" for name in sorted(set(request.cluster_roles)) if f"ClusterRole {name}" not in found]
