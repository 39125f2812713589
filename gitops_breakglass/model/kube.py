"""Kubernetes objects as the planner sees them: keys, live objects, and the marks by which ours are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Manifest: TypeAlias = Mapping[str, Any]

NAMESPACE = "gitops-breakglass"
"""The namespace of everything of ours that is not a grant's own RBAC."""
PREFIX = "bg-"
"""What the name of every object of a grant begins with."""
MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER = "gitops-breakglass"
DOMAIN = "gitops-breakglass.dev"
REQUEST = f"{DOMAIN}/request"
"""Label: the uid of the request that the object was made for."""
EXPIRES_AT = f"{DOMAIN}/expires-at"
"""Annotation: when the object's window ends, RFC 3339 in UTC."""
DECISION = f"{DOMAIN}/decision"
"""Annotation: the SHA-256 of the signed decision that the object follows from."""
SESSION_VARIABLE = "GITOPS_BREAKGLASS_SESSION"
"""Environment variable of every container that a debug session puts into somebody's pod: the session's name."""

RBAC_GROUP = "rbac.authorization.k8s.io"
RBAC = f"{RBAC_GROUP}/v1"
OUR_GROUP = "access.gitops-breakglass.dev"
OUR_API = f"{OUR_GROUP}/v1alpha1"
GUARD_PARAMETERS = "guardparameters"
PARAMETERS_KIND = "GuardParameters"
"""The resource that says for one grant which calls deny policies refuse, and its kind."""
TELEKOM_GROUP = "breakglass.t-caas.telekom.com"
TELEKOM_API = f"{TELEKOM_GROUP}/v1alpha1"
CLOUDNIMBUS_GROUP = "access.cloudnimbus.io"
CLOUDNIMBUS_API = f"{CLOUDNIMBUS_GROUP}/v1alpha1"


@dataclass(frozen=True, order=True)
class ObjectKey:
    """What names one object on one cluster; `namespace` is empty for cluster-scoped kinds."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """`Kind namespace/name`, as people say it."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def key_of(manifest: Manifest) -> ObjectKey:
    """Return the key of an object in Kubernetes' own form."""
    metadata = manifest["metadata"]
    return ObjectKey(manifest["apiVersion"], manifest["kind"], metadata.get("namespace") or "", metadata["name"])


@dataclass(frozen=True)
class LiveObject:
    """An object that is on a cluster now."""

    key: ObjectKey
    uid: str
    manifest: Manifest

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels."""
        return self.manifest["metadata"].get("labels") or {}

    @property
    def annotations(self) -> Mapping[str, str]:
        """Its annotations."""
        return self.manifest["metadata"].get("annotations") or {}

    @property
    def is_marked_ours(self) -> bool:
        """Whether it carries our managed-by label."""
        return self.labels.get(MANAGED_BY) == MANAGER
