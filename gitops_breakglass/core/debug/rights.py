"""The rights of a debug session: on its own pods, by their names, and on nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gitops_breakglass.model.debug_grant import DebugGrant, Part, PodOperations
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import PolicyRule, Rules

# A websocket asks with `get`, everything else with `create`.
_STREAM = ("create", "get")


def pod_rules(operations: PodOperations, names: Sequence[str] = ()) -> Rules:
    """Return what may be done with pods of these names; without names it is the bound for any, which is never granted."""
    streams = {"exec": operations.exec, "attach": operations.attach, "portforward": operations.port_forward}
    # In order, as they are read back from a signed decision.
    subresources = tuple(sorted(f"pods/{name}" for name, is_on in streams.items() if is_on))
    chosen = tuple(sorted(names))
    rules = [PolicyRule(("get",), ("",), ("pods",), chosen)]
    if subresources:
        rules.append(PolicyRule(_STREAM, ("",), subresources, chosen))
    if operations.logs:
        rules.append(PolicyRule(("get",), ("",), ("pods/log",), chosen))
    return tuple(rules)


def bounds_of(grant: DebugGrant, source: str) -> tuple[ScopedRules, ...]:
    """Return what a session can come to hold, a scope for each namespace; a run grants of it only pods that are there.

    The pods of a workload have names that nobody knows yet, so in its namespace the bound names none.
    """
    named: dict[str, set[str]] = {}
    for each in grant.objects:
        if each.part is Part.POD:
            named.setdefault(each.key.namespace, set()).add(each.key.name)
    for injection in grant.injections:
        named.setdefault(injection.namespace, set()).add(injection.pod)
    open_ended = {each.key.namespace for each in grant.objects if each.part is Part.WORKLOAD}
    return tuple(
        ScopedRules(place, pod_rules(grant.operations, () if place in open_ended else sorted(named[place])), source)
        for place in sorted({*named, *open_ended})
    )


def rights_on(grant: DebugGrant, pods: Mapping[str, Sequence[str]], source: str) -> tuple[ScopedRules, ...]:
    """Return the rights on pods that are there, by namespace; without pods there are none."""
    return tuple(
        ScopedRules(place, pod_rules(grant.operations, names), source) for place, names in sorted(pods.items()) if names
    )
