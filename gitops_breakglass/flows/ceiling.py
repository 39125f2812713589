"""Whether what reconciler and sweeper hold on a cluster still covers what its policy side can grant."""

from __future__ import annotations

from collections.abc import Iterator

from gitops_breakglass.core.debug.needs import session_needs
from gitops_breakglass.core.install.ceiling_role import CEILING
from gitops_breakglass.core.install.debug_rights import reconciler_debug_rules, sweeper_debug_rules
from gitops_breakglass.core.install.identities import RECONCILER_ROLE, SWEEPER_ROLE
from gitops_breakglass.core.rbac.ceiling import ceiling, missing_from_ceiling
from gitops_breakglass.core.rbac.manifest import describe, from_manifest
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.kube import RBAC, ObjectKey
from gitops_breakglass.model.policy import KubernetesTarget, PolicySide
from gitops_breakglass.model.rules import Rules
from gitops_breakglass.ports import ClusterReader

_MOST_NAMED = 3
_WHERE = Location("breakglass.yaml")
_AGAIN = "run `gitops-breakglass install` again, as the cluster's administrator"


def outgrown(cluster: ClusterReader, policy: PolicySide) -> tuple[Finding, ...]:
    """Return findings where the policy side in force has grown beyond the ceiling, or beyond the rights for debug sessions.

    A folder of manifests has neither.

    Raises UnreachableError or RefusedError where the cluster does not say.
    """
    access = policy.configuration.clusters.get(cluster.name)
    if access is None or not isinstance(access.target, KubernetesTarget):
        return ()
    needed = ceiling(policy, cluster_name=cluster.name, cluster=cluster.rbac(), discovery=cluster.discovery())
    missing = missing_from_ceiling(_held(cluster, CEILING), needed)
    told = f"the policy side in force has grown beyond what the reconciler holds on {cluster.name}, so this can't be granted there"
    outgrowth = Finding("ceiling-outgrown", _told(told, missing), _WHERE, Severity.WARNING, _AGAIN)
    return (*([outgrowth] if missing else []), *_debug(cluster, policy))


def _debug(cluster: ClusterReader, policy: PolicySide) -> Iterator[Finding]:
    needs = session_needs(policy, cluster.name)
    for who, role, rules in (
        ("reconciler", RECONCILER_ROLE, reconciler_debug_rules(needs)),
        ("sweeper", SWEEPER_ROLE, sweeper_debug_rules(needs)),
    ):
        if rules and (missing := missing_from_ceiling(_held(cluster, role), from_manifest(rules))):
            told = f"there are debug templates for which the {who} lacks rights on {cluster.name}"
            yield Finding("debug-rights-missing", _told(told, missing), _WHERE, Severity.WARNING, _AGAIN)


def _held(cluster: ClusterReader, role: str) -> Rules:
    live = cluster.get(ObjectKey(RBAC, "ClusterRole", "", role))
    return from_manifest(live.manifest.get("rules")) if live else ()


def _told(what: str, missing: Rules) -> str:
    more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    return f"{what}: {'; '.join(map(describe, missing[:_MOST_NAMED]))}{more}"
