"""Grants that are refused, since a policy can't be enforced: why, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.deny import DenyPolicy, DenyRule
from gitops_breakglass.model.enforcement import Compiled, Enforcement, Means
from gitops_breakglass.model.finding import Location

NOT_ENFORCEABLE = "deny-not-enforceable"
UNREADABLE = "deny-policy-unreadable"
NOTHING_LEFT = "deny-leaves-nothing"

_IN_NAMESPACES = "give the rights in the namespaces that they are for instead of the whole cluster, or name the objects"


class Problem(NamedTuple):
    """Why nothing is granted, and the policy that can't be held."""

    policy: str
    reason: Reason


def refused(problems: Iterable[Problem], locations: Mapping[str, Location]) -> Compiled:
    """Return the refusal of a grant, each problem once and in the order of their places."""
    found = sorted(set(problems), key=lambda each: (str(each.reason.location), each.reason.message, each.policy))
    return Compiled(
        kept=(),
        rendered=(),
        enforcement=tuple(sorted({Enforcement(each.policy, Means.REFUSED, each.reason.message) for each in found})),
        problems=tuple(dict.fromkeys(each.reason for each in found)),
        locations=locations,
    )


def unreadable(policy: DenyPolicy) -> Problem:
    """Say that a policy can't be read, so that nothing is known to be allowed."""
    return Problem(
        policy.name,
        Reason(
            UNREADABLE,
            f"{policy.name} at {policy.location} can't be read, and what it denies is not known: nothing is granted",
            "correct the document; the check of it says what is wrong",
            policy.location,
        ),
    )


def nothing_left(policies: Sequence[DenyPolicy]) -> list[Problem]:
    """Say that policies deny everything that would be granted, once for each of them."""
    names = ", ".join(f"{each.name} ({each.location})" for each in policies)
    reason = Reason(
        NOTHING_LEFT,
        f"everything that would be granted is denied by {names}",
        "ask for other rights, or say in appliesTo of the policy what it is not for",
        policies[0].location,
    )
    return [Problem(each.name, reason) for each in policies]


def unknown_names(policy: str, rule: DenyRule, resource: str, place: str, why: str) -> Problem:
    """Say that objects can't be named one by one, since their names can't be known."""
    where = f" in {place}" if place else ""
    return Problem(
        policy,
        Reason(
            NOT_ENFORCEABLE,
            f"{policy} at {rule.location} denies some {resource} by name, and the names of those{where} "
            f"that may be granted can't be known: {why}",
            f"take {resource} out of what is granted, or name in the role the objects that it is for",
            rule.location,
        ),
    )


def too_many(policy: str, location: Location, what: str, most: int, hint: str = _IN_NAMESPACES) -> Problem:
    """Say that holding a policy would take more than can be kept up to date."""
    return Problem(
        policy,
        Reason(
            NOT_ENFORCEABLE,
            f"{policy} at {location} can't be enforced: {what}, and {most} is the most",
            hint,
            location,
        ),
    )


def unknown_namespaces(policy: str, location: Location) -> Problem:
    """Say that a right can't be given namespace by namespace, since it is not known which there are."""
    return Problem(
        policy,
        Reason(
            NOT_ENFORCEABLE,
            f"{policy} at {location} could only be held namespace by namespace, what would be granted holds on the whole "
            "cluster, and which namespaces that has is not known",
            "run `install` on the cluster, which lets the reconciler list them and brings the guard, or grant the rights in "
            "namespaces; a folder of manifests can't be asked",
            location,
        ),
    )
