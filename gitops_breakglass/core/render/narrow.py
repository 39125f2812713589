"""What two sets of scoped rules both allow: how a signed grant shrinks, and how the stricter of two policies is found."""

from __future__ import annotations

from typing import TypeAlias

from gitops_breakglass.core.rbac.algebra import intersect, uncovered, union
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.rules import Rules

Scopes: TypeAlias = tuple[ScopedRules, ...]


def narrow(signed: Scopes, current: Scopes) -> Scopes:
    """Return what is left of a signed grant now: in each place what both allow, never more than was signed.

    What is cluster-wide holds in every namespace. Where nothing of it is gone, a scope comes back as it was signed; a
    right that was signed for the whole cluster and is now in one namespace only is left there.
    """
    everywhere = intersect(_rules(signed, ""), _rules(current, ""))
    scopes = [ScopedRules("", everywhere, _source(signed, ""))]
    for namespace in sorted({each.namespace for each in (*signed, *current)} - {""}):
        own = intersect(_rules(signed, namespace), union(_rules(current, ""), _rules(current, namespace)))
        # Of what was signed cluster-wide, only what is not left cluster-wide needs a place of its own here.
        moved = uncovered(everywhere, intersect(_rules(signed, ""), _rules(current, namespace)))
        source = _source(signed, namespace) or _source(signed, "")
        scopes.append(ScopedRules(namespace, union(own, moved), source))
    return tuple(each for each in scopes if each.rules)


def stricter(a: Scopes, b: Scopes) -> Scopes:
    """Return what two policies both grant: the one at the landing commit's first parent and the one in force now."""
    return narrow(a, b)


def _rules(scopes: Scopes, namespace: str) -> Rules:
    return union(*(each.rules for each in scopes if each.namespace == namespace))


def _source(scopes: Scopes, namespace: str) -> str:
    return ", ".join(dict.fromkeys(each.source for each in scopes if each.namespace == namespace))
