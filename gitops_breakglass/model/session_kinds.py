"""The kinds of objects that a debug session may make, or that follow from what it makes."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.model.kube import ObjectKey


@dataclass(frozen=True)
class SessionKind:
    """One kind; `resource` is the plural that paths and rights have."""

    api_version: str
    kind: str
    resource: str
    namespaced: bool = True
    is_auxiliary: bool = False
    """Whether a template may have one made beside the pods."""

    @property
    def group(self) -> str:
        """The API group; empty for the core's."""
        group, slash, _ = self.api_version.rpartition("/")
        return group if slash else ""

    def key(self, namespace: str, name: str) -> ObjectKey:
        """Return the key of an object of this kind; the namespace is empty where the kind has none."""
        return ObjectKey(self.api_version, self.kind, namespace, name)


POD = SessionKind("v1", "Pod", "pods")
REPLICA_SET = SessionKind("apps/v1", "ReplicaSet", "replicasets")
NAMESPACE_KIND = SessionKind("v1", "Namespace", "namespaces", namespaced=False)

SESSION_KINDS = (
    POD,
    SessionKind("apps/v1", "Deployment", "deployments"),
    SessionKind("apps/v1", "DaemonSet", "daemonsets"),
    REPLICA_SET,
    SessionKind("v1", "ConfigMap", "configmaps", is_auxiliary=True),
    SessionKind("v1", "Service", "services", is_auxiliary=True),
    SessionKind("v1", "ServiceAccount", "serviceaccounts", is_auxiliary=True),
    SessionKind("v1", "ResourceQuota", "resourcequotas", is_auxiliary=True),
    SessionKind("v1", "LimitRange", "limitranges", is_auxiliary=True),
    SessionKind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", is_auxiliary=True),
    SessionKind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", is_auxiliary=True),
    NAMESPACE_KIND,
)
"""All of them. Secrets are not among them: who ends sessions would have to read every Secret of the cluster."""
