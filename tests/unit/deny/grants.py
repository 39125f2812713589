"""Grants and policies for the tests of the compiler, in few words."""

from gitops_breakglass.core.deny.compile import compile_denies, needs
from gitops_breakglass.core.rbac.algebra import rule
from gitops_breakglass.model.deny import Circumstances, DenyPolicy, DenyRule
from gitops_breakglass.model.enforcement import DenyFacts, InstalledGuard
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import ApiResource, Discovery

HERE = Location("policies/deny/keys.yaml", 8, 5)
UNDER = Circumstances("prod-eu-1")
GUARD = InstalledGuard(rules=True)
_ALL = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
SERVED = Discovery(
    (
        ApiResource("", "configmaps", _ALL, namespaced=True),
        ApiResource("", "namespaces", ("create", "delete", "get", "list", "watch"), namespaced=False),
        ApiResource("", "nodes", _ALL, namespaced=False),
        ApiResource("", "pods", _ALL, namespaced=True),
        ApiResource("", "pods/exec", ("create", "get"), namespaced=True),
        ApiResource("", "secrets", _ALL, namespaced=True),
    )
)


def grant(*rules, place=""):
    return (ScopedRules(place, tuple(rules), "ClusterRole keys"),)


def deny(verbs, resources, name="keys", **more):
    groups = more.pop("groups", ("",))
    return DenyPolicy(name, HERE, rules=(DenyRule(tuple(verbs), groups, tuple(resources), HERE, **more),))


def compiled(scopes, *policies, override=None, **facts):
    known = DenyFacts(**{"guard": GUARD, **facts})
    return compile_denies(scopes, policies, UNDER, override=override, discovery=SERVED, facts=known)


def needed(scopes, *policies, override=None, guard=GUARD):
    return needs(scopes, policies, UNDER, override=override, discovery=SERVED, guard=guard)


__all__ = ["GUARD", "HERE", "SERVED", "UNDER", "compiled", "deny", "grant", "needed", "rule"]
