"""The ceiling: everything that a policy side can grant on one cluster, which is what its reconciler has to hold there."""

from __future__ import annotations

from gitops_breakglass.core.debug.needs import session_needs
from gitops_breakglass.core.debug.rights import pod_rules
from gitops_breakglass.core.deny.ruleset import rule_sets
from gitops_breakglass.core.escalations import applies_to
from gitops_breakglass.core.glob import matches_any
from gitops_breakglass.core.rbac.algebra import uncovered, union
from gitops_breakglass.core.rbac.markers import MARKERS
from gitops_breakglass.core.rbac.never import subtract_never
from gitops_breakglass.core.render.source import resolve_roles, resolve_session
from gitops_breakglass.model.policy import PolicySide, Rbac
from gitops_breakglass.model.rules import Discovery, Rules


def ceiling(policy: PolicySide, *, cluster_name: str, cluster: Rbac, discovery: Discovery) -> Rules:
    """Return the union of what escalations, offers and debug templates for the cluster can grant, without what is never.

    With pod rules or debug templates the markers of them come to it, which give nothing. Roles that are not there (yet) add nothing: the ceiling is installed again once they are.
    """
    needs = session_needs(policy, cluster_name)
    escalations = (each for each in policy.escalations if applies_to(each, cluster_name))
    offers = [each for each in policy.configuration.offers if matches_any(each.clusters, cluster_name)]
    sessions = [resolve_session(each, policy=policy.rbac, cluster=cluster, discovery=discovery) for each in escalations]
    names = frozenset(name for each in offers for name in each.cluster_roles)
    return union(
        *(scope.rules for each in sessions for scope in each.scopes),
        *(
            scope.rules
            for scope in resolve_roles(names, policy=policy.rbac, cluster=cluster, discovery=discovery).scopes
        ),
        *(subtract_never(each.rules, discovery).rules for each in offers),
        *(subtract_never(pod_rules(each), discovery).rules for each in needs.operations),
        *([MARKERS] if rule_sets(policy, cluster_name) or needs.is_any else []),
    )


def missing_from_ceiling(ceiling: Rules, needed: Rules) -> Rules:
    """Return the rules that are needed and that the holder of the ceiling could not hand out; empty where it suffices."""
    return uncovered(ceiling, needed)
