"""Whether a deny policy, or one rule of it, is for a request at all."""

from __future__ import annotations

from gitops_breakglass.model.deny import Circumstances, DenyRule, DenyScope
from gitops_breakglass.model.rules import ALL


def in_scope(scope: DenyScope, under: Circumstances) -> bool:
    """Whether the policy is for what is asked under these circumstances: every list that is not empty has to match.

    Names are exact, as upstream has it: `*` alone stands for all of them, and `prod-*` for a cluster of that name. Where
    something is not there (no tenant, no escalation), only an empty list or `*` matches.
    """
    # Asked of every policy for every request, and most are about everything.
    return (
        (not scope.clusters or _meets(scope.clusters, under.cluster))
        and (not scope.tenants or _meets(scope.tenants, under.tenant))
        and (not scope.sessions or _meets(scope.sessions, under.session))
        and (not scope.escalations or _meets(scope.escalations, under.escalation))
    )


def is_for_place(rule: DenyRule, namespace: str) -> bool:
    """Whether the rule is for requests in this namespace; "" is a request without one, as a list over all of them."""
    return not (rule.cluster_wide and namespace)


def _meets(wanted: tuple[str, ...], value: str | None) -> bool:
    return value in wanted or ALL in wanted
