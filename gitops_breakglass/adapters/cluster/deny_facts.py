"""What compiling deny policies takes of an API server: its guard, namespaces with their labels, and names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_breakglass.adapters.cluster.discovery import Served
from gitops_breakglass.adapters.cluster.pages import Pages
from gitops_breakglass.adapters.cluster.resources import Resource, collection
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.model.enforcement import DenyFacts, InstalledGuard, Needs
from gitops_breakglass.model.errors import RefusedError

NAMESPACES = Resource("v1", "Namespace", "namespaces", namespaced=False)
API_SERVICES = Resource("apiregistration.k8s.io/v1", "APIService", "apiservices", namespaced=False)
NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
"""Names without contents: what a Secret holds is not even asked for."""

_Wanted = tuple[str, str, str]

BUILT_IN = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)
"""The groups that kube-apiserver itself serves."""


@dataclass(frozen=True)
class DenyFactsReader:
    """Reads them with the connection of a cluster. What may not be read is said to be, and is never an empty answer."""

    pages: Pages
    pool: ThreadPool
    served: Callable[[], Sequence[Served]]

    def read(self, needs: Needs) -> DenyFacts:
        """Return what is asked for, and always the guard; raises UnreachableError."""
        wanted = sorted(needs.names)
        served = self.served() if wanted else ()
        names = self.pool.map(lambda each: self._names(each, served), wanted)
        return DenyFacts(
            guard=InstalledGuard(blind_groups=self._blind_groups()),
            namespaces=self._namespaces() if needs.namespaces else None,
            names=dict(zip(wanted, names, strict=True)),
        )

    def _blind_groups(self) -> frozenset[str]:
        """Return the groups behind another server; where nobody says, all that this one may not serve itself."""
        try:
            found = self.pages.items(collection(API_SERVICES), "list API services")
        except RefusedError:
            found = None
        if found is None:
            return frozenset(each.group for each in self.served()) - BUILT_IN
        specs = [each.get("spec") or {} for each in found]
        return frozenset(str(spec.get("group") or "") for spec in specs if spec.get("service"))

    def _namespaces(self) -> Mapping[str, Mapping[str, str]] | None:
        try:
            found = self.pages.items(collection(NAMESPACES), "list namespaces")
        except RefusedError:
            return None
        return None if found is None else {_name(each): each["metadata"].get("labels") or {} for each in found}

    def _names(self, wanted: _Wanted, served: Sequence[Served]) -> tuple[tuple[str, str], ...] | str:
        group, name, namespace = wanted
        resource = next((each.resource for each in served if (each.group, each.resource.name) == (group, name)), None)
        if resource is None:
            return ()
        doing = f"list the names of {name}" + (f" in {namespace}" if namespace else "")
        try:
            found = self.pages.items(collection(resource, namespace), doing, accept=NAMES_ONLY)
        except RefusedError as error:
            return error.message
        return tuple((each["metadata"].get("namespace") or "", _name(each)) for each in found or ())


def _name(item: Mapping[str, Any]) -> str:
    return str(item["metadata"]["name"])
