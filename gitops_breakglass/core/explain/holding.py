"""Which rule of what is granted gives a call."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.rbac.algebra import Attributes, allows
from gitops_breakglass.core.rbac.manifest import describe
from gitops_breakglass.core.rbac.never import Never, never_granted
from gitops_breakglass.model.deny import Ask
from gitops_breakglass.model.explanation import Holding
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.policy import Rbac


def attributes_of(ask: Ask) -> Attributes:
    """Return the call as the authorizer of roles sees it."""
    if ask.path:
        return Attributes(ask.verb, url=ask.path)
    return Attributes(ask.verb, ask.group, resource_of(ask), ask.name)


def resource_of(ask: Ask) -> str:
    """Return the resource as rules write it: `pods/exec`."""
    return f"{ask.resource}/{ask.subresource}" if ask.subresource else ask.resource


def never(ask: Ask) -> Never | None:
    """Return why no grant ever holds the call, whatever its source says; None where one may."""
    return None if ask.path else never_granted(ask.verb, group=ask.group, resource=resource_of(ask))


def holding(scopes: Sequence[ScopedRules], ask: Ask, rbac: Rbac) -> Holding | None:
    """Return the first rule that gives the call; a scope without a namespace is everywhere, URLs too."""
    wanted = attributes_of(ask)
    for scope in scopes:
        if scope.namespace and (ask.path or scope.namespace != ask.namespace):
            continue
        for rule in scope.rules:
            if allows((rule,), wanted):
                return Holding(describe(rule), scope.source, scope.namespace, _location(scope, ask, rbac))
    return None


def _location(scope: ScopedRules, ask: Ask, rbac: Rbac) -> Location | None:
    """Return where on the policy side the role is that holds it, if it is there."""
    wanted = attributes_of(ask)
    named = {each.rpartition(" ")[2] for each in scope.source.split(", ")}
    for role in rbac.roles:
        called = f"{role.namespace}/{role.name}" if role.namespace else role.name
        if called in named and allows(role.rules, wanted):
            return role.location
    return None
