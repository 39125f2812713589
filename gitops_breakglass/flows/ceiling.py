"""Whether the ceiling of a cluster still covers what its policy side can grant."""

from __future__ import annotations

from gitops_breakglass.core.install.ceiling_role import CEILING
from gitops_breakglass.core.rbac.ceiling import ceiling, missing_from_ceiling
from gitops_breakglass.core.rbac.manifest import describe, from_manifest
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.kube import RBAC, ObjectKey
from gitops_breakglass.model.policy import KubernetesTarget, PolicySide
from gitops_breakglass.ports import ClusterReader

_MOST_NAMED = 3


def outgrown(cluster: ClusterReader, policy: PolicySide) -> tuple[Finding, ...]:
    """Return a finding where the policy side in force has grown beyond the ceiling; a folder of manifests has none.

    Raises UnreachableError or RefusedError where the cluster does not say.
    """
    access = policy.configuration.clusters.get(cluster.name)
    if access is None or not isinstance(access.target, KubernetesTarget):
        return ()
    needed = ceiling(policy, cluster_name=cluster.name, cluster=cluster.rbac(), discovery=cluster.discovery())
    live = cluster.get(ObjectKey(RBAC, "ClusterRole", "", CEILING))
    missing = missing_from_ceiling(from_manifest(live.manifest.get("rules")) if live else (), needed)
    if not missing:
        return ()
    more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    return (
        Finding(
            "ceiling-outgrown",
            f"the policy side in force has grown beyond what the reconciler holds on {cluster.name}, so this can't be "
            f"granted there: {'; '.join(map(describe, missing[:_MOST_NAMED]))}{more}",
            Location("breakglass.yaml"),
            Severity.WARNING,
            "run `gitops-breakglass install` again, as the cluster's administrator",
        ),
    )
