"""The kinds that the modelled API server serves, and what their schemas leave of what is written."""

from dataclasses import dataclass, field
from typing import Any

from gitops_breakglass.adapters.bundled import crds


@dataclass(frozen=True)
class Kind:
    """One resource; `schema` prunes what is written of a custom resource, None keeps all."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True
    has_status: bool = False
    schema: dict[str, Any] | None = field(default=None, compare=False, hash=False)
    subresources: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]


_RBAC = "rbac.authorization.k8s.io/v1"
_BUILT_IN = (
    Kind("v1", "Namespace", "namespaces", namespaced=False, has_status=True),
    Kind("v1", "Pod", "pods", has_status=True, subresources=("exec", "log")),
    Kind("v1", "ConfigMap", "configmaps"),
    Kind("v1", "Secret", "secrets"),
    Kind("v1", "Service", "services", has_status=True),
    Kind("v1", "ServiceAccount", "serviceaccounts"),
    Kind("v1", "ResourceQuota", "resourcequotas", has_status=True),
    Kind("v1", "LimitRange", "limitranges"),
    Kind("apps/v1", "Deployment", "deployments", has_status=True),
    Kind("apps/v1", "DaemonSet", "daemonsets", has_status=True),
    Kind("apps/v1", "ReplicaSet", "replicasets", has_status=True),
    Kind("coordination.k8s.io/v1", "Lease", "leases"),
    Kind(_RBAC, "Role", "roles"),
    Kind(_RBAC, "RoleBinding", "rolebindings"),
    Kind(_RBAC, "ClusterRole", "clusterroles", namespaced=False),
    Kind(_RBAC, "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
    Kind(
        "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced=False
    ),
    Kind(
        "admissionregistration.k8s.io/v1",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        namespaced=False,
    ),
    Kind("apiregistration.k8s.io/v1", "APIService", "apiservices", namespaced=False),
    Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False),
)
VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


def _defined(crd: Any) -> Kind:
    spec = crd["spec"]
    version = spec["versions"][0]
    return Kind(
        f"{spec['group']}/{version['name']}",
        spec["names"]["kind"],
        spec["names"]["plural"],
        namespaced=spec["scope"] == "Namespaced",
        has_status="status" in (version.get("subresources") or {}),
        schema=version["schema"]["openAPIV3Schema"],
    )


KINDS = (*_BUILT_IN, *map(_defined, crds()))
BY_PLACE = {(each.api_version, each.plural): each for each in KINDS}


def pruned(value: Any, schema: Any) -> Any:
    """Leave out what the schema does not know, as an API server does with custom resources."""
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        return value
    if isinstance(value, dict):
        known, more = schema.get("properties") or {}, schema.get("additionalProperties")
        kept = {name: pruned(each, known[name]) for name, each in value.items() if name in known}
        if isinstance(more, dict):
            kept |= {name: pruned(each, more) for name, each in value.items() if name not in known}
        elif more is True:
            kept |= {name: each for name, each in value.items() if name not in known}
        return kept
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [pruned(each, schema["items"]) for each in value]
    return value


def discovery(root: str) -> dict[str, Any]:
    """What `/api` or `/apis` answers, aggregated."""
    groups: dict[str, dict[str, list[Any]]] = {}
    for each in KINDS:
        if (each.group == "") == (root == "/api"):
            version = each.api_version.rpartition("/")[2]
            groups.setdefault(each.group, {}).setdefault(version, []).append(_told(each))
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "items": [
            {
                "metadata": {"name": name},
                "versions": [{"version": key, "resources": each} for key, each in found.items()],
            }
            for name, found in groups.items()
        ],
    }


def _told(kind: Kind) -> dict[str, Any]:
    below = [*(["status"] if kind.has_status else []), *kind.subresources]
    verbs = {"exec": ["create", "get"], "log": ["get"], "status": ["get", "patch", "update"]}
    return {
        "resource": kind.plural,
        "responseKind": {"kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "verbs": list(VERBS),
        "subresources": [
            {"subresource": each, "responseKind": {"kind": kind.kind}, "verbs": verbs[each]} for each in below
        ],
    }
