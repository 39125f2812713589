"""The roles of the policy side that an escalation or an offer can grant."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rbac.aggregate import sources
from gitops_breakglass.core.rules.rule import PolicyFacts
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.policy import ClusterRole, PolicySide

_Key = tuple[str, str]
"""Namespace and name."""


def grantable(facts: PolicyFacts) -> Iterator[tuple[Document, ClusterRole]]:
    """Go through the roles whose rules somebody can be granted, each with its document.

    An aggregated role has none of its own: the roles that it gathers are among them in its place.
    """
    roles = {(role.namespace, role.name): role for role in facts.policy.rbac.roles}
    given = _gathered(_named(facts.policy) & roles.keys(), facts.policy.rbac.roles)
    for kind in ("ClusterRole", "Role"):
        for document in facts.of_kind(kind):
            metadata = document.data.get("metadata")
            namespace = metadata.get("namespace") if kind == "Role" and isinstance(metadata, dict) else None
            role = roles.get((str(namespace or ""), document.name))
            if role is not None and role.gathers is None and (role.namespace, role.name) in given:
                yield document, role


def _named(policy: PolicySide) -> set[_Key]:
    """Return the roles that escalated groups are bound to, or have by their name, and those that offers name."""
    groups = {each.group for each in policy.escalations}
    found = {("", name) for offer in policy.configuration.offers for name in offer.cluster_roles}
    bound: set[str] = set()
    for binding in policy.rbac.bindings:
        if mine := groups & {each.name for each in binding.subjects if each.kind == "Group"}:
            bound |= mine
            found.add((binding.namespace if binding.role_kind == "Role" else "", binding.role_name))
    return found | {("", group) for group in groups - bound}


def _gathered(given: set[_Key], roles: tuple[ClusterRole, ...]) -> set[_Key]:
    """Add the roles that aggregated ones among them take their rules from."""
    by_key = {(role.namespace, role.name): role for role in roles}
    found, waiting = set(given), list(given)
    while waiting:
        role = by_key[waiting.pop()]
        for index in sources(role, roles) if role.gathers else ():
            key = (roles[index].namespace, roles[index].name)
            if key not in found:
                found.add(key)
                waiting.append(key)
    return found
