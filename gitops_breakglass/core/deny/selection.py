"""Which deny policies hold for a request, and under which circumstances they are asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from gitops_breakglass.core.deny.scope import in_scope
from gitops_breakglass.model.deny import GLOBAL, Circumstances, DenyPolicy, PodOverride
from gitops_breakglass.model.policy import Escalation, PolicySide
from gitops_breakglass.model.request import Request, SessionRequest


@dataclass(frozen=True)
class Selected:
    """What a grant is held to: policies without scopes, for these were looked at, and what is overridden of pod rules."""

    policies: tuple[DenyPolicy, ...]
    override: PodOverride | None
    under: Circumstances


def selected_by_all(request: Request, source: str, sides: Sequence[PolicySide]) -> Selected:
    """Return what every one of these policy sides holds a grant of the source to; the last of them is the newest.

    Each side chooses its policies by its own words, so that none is lost because another side has moved the cluster.
    """
    kind, _, name = source.partition("/")
    offered = [side.escalation(name) if kind == "escalation" else None for side in sides]
    chosen = (
        replace(each, scope=GLOBAL)
        for side, escalation in zip(sides, offered, strict=True)
        for each in policies_for(request, escalation, side)
    )
    said = {each.override if each else None for each in offered}
    # Where the policy sides do not say the same of it, nothing is left to the escalation.
    override = said.pop() if len(said) == 1 else None
    return Selected(tuple(dict.fromkeys(chosen)), override, circumstances(request, offered[-1], sides[-1]))


def circumstances(request: Request, escalation: Escalation | None, policy: PolicySide) -> Circumstances:
    """Return what the scopes of policies are held against; `escalation` is None but for a session."""
    cluster = policy.clusters.get(request.id.cluster)
    return Circumstances(
        cluster=request.id.cluster,
        tenant=cluster.tenant if cluster else None,
        session=request.id.name,
        escalation=escalation.name if escalation else None,
    )


def policies_for(request: Request, escalation: Escalation | None, policy: PolicySide) -> tuple[DenyPolicy, ...]:
    """Return the policies that hold for the request, in the order of the policy side.

    One that its escalation, or the session itself, names in `denyPolicyRefs` holds whatever its own `appliesTo` says:
    it comes as global, so that whoever asks about its scope again hears the same. A reference never takes one away.
    """
    under = circumstances(request, escalation, policy)
    named = (*(escalation.deny_refs if escalation else ()), *_own_refs(request))
    return tuple(each for each in with_named(policy.deny, named) if in_scope(each.scope, under))


def with_named(policies: Iterable[DenyPolicy], names: Collection[str]) -> tuple[DenyPolicy, ...]:
    """Return the policies with those of these names as global."""
    return tuple(replace(each, scope=GLOBAL) if each.name in names else each for each in policies)


def unknown_refs(escalation: Escalation, policy: PolicySide) -> tuple[str, ...]:
    """Return the names that the escalation refers to and that are no policy's."""
    known = {each.name for each in policy.deny}
    return tuple(name for name in escalation.deny_refs if name not in known)


def _own_refs(request: Request) -> tuple[str, ...]:
    return request.deny_refs if isinstance(request, SessionRequest) else ()
