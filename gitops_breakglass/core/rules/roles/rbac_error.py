"""The roles that bindings, escalations and offers give are there."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.rules.hint import nearest
from gitops_breakglass.core.rules.rule import PolicyFacts, Rule
from gitops_breakglass.model.finding import Finding, Severity
from gitops_breakglass.model.policy import RoleBinding

_ID = "RBACError"
_OF_EVERY_CLUSTER = frozenset({"admin", "cluster-admin", "edit", "view"})
"""Roles that an API server makes by itself, beside those that begin with `system:`."""

_SLIP = 0.85
"""How much alike two names are where one is taken for a slip: groups of one organisation are called alike anyway."""


def _on_policy(facts: PolicyFacts) -> Iterator[Finding]:
    roles = {role.name for role in facts.policy.rbac.roles if not role.namespace}
    if roles:
        yield from _offered(facts, roles)
    for binding in facts.policy.rbac.bindings:
        yield from _bound(binding, facts, roles)
    yield from _given(facts, roles)


def _offered(facts: PolicyFacts, roles: set[str]) -> Iterator[Finding]:
    for document in facts.of_kind("Configuration"):
        for index, offer in enumerate(facts.policy.configuration.offers):
            for name in sorted(offer.cluster_roles):
                if not _is_known(name, roles):
                    yield Finding(
                        _ID,
                        f"offer {offer.name} gives ClusterRole {name}, which is not on the policy side",
                        document.at("offers", index, "clusterRoles"),
                        Severity.WARNING,
                        hint=nearest(name, roles) or "a cluster that does not have it either refuses the request",
                    )


def _bound(binding: RoleBinding, facts: PolicyFacts, roles: set[str]) -> Iterator[Finding]:
    if binding.location is None:
        return
    what = f"{binding.role_kind} {binding.role_name}"
    if binding.role_kind == "Role":
        known = {role.name for role in facts.policy.rbac.roles if role.namespace == binding.namespace}
        found = binding.role_name in known
    else:
        known = roles
        found = _is_known(binding.role_name, known)
    if not found:
        yield Finding(
            _ID,
            f"{binding.name} binds {what}, which is not on the policy side",
            binding.location,
            Severity.WARNING,
            hint=nearest(binding.role_name, known) or "where a cluster does not have it either, it gives nothing",
        )


def _given(facts: PolicyFacts, roles: set[str]) -> Iterator[Finding]:
    bindings = facts.policy.rbac.bindings
    bound = {each.name for binding in bindings for each in binding.subjects if each.kind == "Group"}
    for document, escalation in facts.escalations():
        group = escalation.group
        if group in bound or _is_known(group, roles):
            continue
        near = nearest(group, roles | bound, likeness=_SLIP)
        yield Finding(
            _ID,
            f"no role or binding of the policy side says what group {group} may do",
            document.at("spec", "escalatedGroup"),
            Severity.WARNING if near else Severity.NOTE,
            hint=near or f"what each cluster binds the group to is given; to say it here, add a ClusterRole {group}",
        )


def _is_known(name: str, roles: set[str]) -> bool:
    return name in roles or name in _OF_EVERY_CLUSTER or name.startswith("system:")


RULE = Rule(
    _ID,
    "the roles that are given are there",
    "A name that no role has gives nothing, or what some cluster happens to have under it. Whoever reviews the policy side "
    "reads rights that nobody gets, or gets more than they read.",
    on_policy=_on_policy,
)
