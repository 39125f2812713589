"""One cluster as its administrator reaches it, for `install`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gitops_breakglass.adapters.cluster.connection import Call
from gitops_breakglass.adapters.cluster.deny_facts import NAMES_ONLY
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.cluster.resources import Resource, checked, object_path
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.kube import Manifest, ObjectKey, key_of

FIELD_MANAGER = "gitops-breakglass-install"

_PODS = "/api/v1/pods"
_APPLY = "application/apply-patch+yaml"


class Administrator(KubernetesCluster):
    """An Installer on an API server, with whatever rights the kubeconfig gives. `close` it, or use it in a `with` block."""

    def uid(self) -> str:
        """Return the uid of the namespace kube-system, which is the cluster's."""
        found = self.get(ObjectKey("v1", "Namespace", "", "kube-system"))
        if found is None:
            raise RefusedError(
                f"{self.name}: there is no namespace kube-system, whose uid stands for the cluster's",
                hint="is this a Kubernetes API server?",
            )
        return found.uid

    def pod_counts(self) -> Mapping[str, int]:
        """Return how many pods each namespace has that has any."""
        found = self._pages.items(_PODS, "list the names of all pods", accept=NAMES_ONLY)
        return Counter(str(each["metadata"]["namespace"]) for each in found or ())

    def apply(self, manifest: Manifest) -> None:
        """Make the object, or make it as the manifest has it; the fields that others set beside ours stay."""
        key, resource = self._served_as(manifest)
        call = Call(
            "apply",
            "PATCH",
            object_path(resource, key),
            f"apply {key}",
            query={"fieldManager": FIELD_MANAGER, "force": "true"},
            body=manifest,
            content_type=_APPLY,
        )
        self._call(call)

    def refusal(self, manifest: Manifest) -> str | None:
        """Return what the API server says against creating the object, or None; nothing is created."""
        self._served_as(manifest)
        return self._refusal(manifest)

    def _served_as(self, manifest: Manifest) -> tuple[ObjectKey, Resource]:
        key = checked(key_of(manifest))
        resource = self._resource(key)
        if resource is None:
            raise RefusedError(
                f"{self.name}: {key}: the API server does not serve {key.api_version}",
                hint="admission policies need Kubernetes 1.30 or later",
            )
        return key, resource
