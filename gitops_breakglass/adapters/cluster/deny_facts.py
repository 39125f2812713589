"""What compiling deny policies takes of an API server: its guard, namespaces with their labels, and names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from gitops_breakglass.adapters.cluster.discovery import Served
from gitops_breakglass.adapters.cluster.pages import Pages
from gitops_breakglass.adapters.cluster.resources import PODS, Resource, collection
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.install.admission import ADMISSION, is_same
from gitops_breakglass.core.install.guard_denies import denies_binding, denies_guard
from gitops_breakglass.core.install.guard_pods import is_whole
from gitops_breakglass.core.install.identities import POD_GUARDS
from gitops_breakglass.core.install.marks import POD_RULES, UNCOVERED, words_of
from gitops_breakglass.core.read.pod import read_pod
from gitops_breakglass.model.deny import Pod
from gitops_breakglass.model.enforcement import EVERYWHERE, DenyFacts, InstalledGuard, Needs
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey

NAMESPACES = Resource("v1", "Namespace", "namespaces", namespaced=False)
API_SERVICES = Resource("apiregistration.k8s.io/v1", "APIService", "apiservices", namespaced=False)
NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
"""Names without contents: what a Secret holds is not even asked for."""

POLICY = "ValidatingAdmissionPolicy"
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
    get: Callable[[ObjectKey], LiveObject | None]

    def read(self, needs: Needs) -> DenyFacts:
        """Return what is asked for, and always the guard; raises UnreachableError."""
        wanted = sorted(needs.names)
        served = self.served() if wanted else ()
        names = self.pool.map(lambda each: self._names(each, served), wanted)
        return DenyFacts(
            guard=self._guard(),
            namespaces=self._namespaces() if needs.namespaces else None,
            pods=self._pods(needs.pods) if needs.pods else None,
            names=dict(zip(wanted, names, strict=True)),
        )

    def _guard(self) -> InstalledGuard:
        """Return what of the guard is there and as this version ships it; what can't be seen does not count."""
        pods = tuple(takewhile(lambda each: each is not None, map(self._pod_guard, POD_GUARDS)))
        return InstalledGuard(
            rules=self._is_shipped(denies_guard()) and self._is_shipped(denies_binding()),
            pod_rules=frozenset(word for each in pods if each for word in words_of(each, POD_RULES)),
            uncovered=frozenset(word for each in pods if each for word in words_of(each, UNCOVERED)),
            blind_groups=self._blind_groups(),
        )

    def _pod_guard(self, name: str) -> Manifest | None:
        """Return one policy on pods, where it is bound so that it denies what it says."""
        policy, bound = self._seen(POLICY, name), self._seen(f"{POLICY}Binding", name)
        if policy is None or bound is None or not is_whole(policy.manifest, bound.manifest):
            return None
        return policy.manifest

    def _is_shipped(self, manifest: Manifest) -> bool:
        live = self._seen(manifest["kind"], manifest["metadata"]["name"])
        return live is not None and is_same(live.manifest["spec"], manifest["spec"])

    def _seen(self, kind: str, name: str) -> LiveObject | None:
        try:
            return self.get(ObjectKey(ADMISSION, kind, "", name))
        except RefusedError:
            return None

    def _pods(self, namespaces: frozenset[str]) -> Mapping[str, tuple[Pod, ...]] | None:
        """Return pods by namespace: each that is asked for, and where all are, those that have any."""
        every = EVERYWHERE in namespaces
        wanted = [""] if every else sorted(namespaces)
        try:
            lists = self.pool.map(lambda each: self.pages.items(collection(PODS, each), "list pods"), wanted)
        except RefusedError:
            return None
        found: dict[str, list[Pod]] = {} if every else {each: [] for each in wanted}
        for pod in (read_pod(each) for items in lists for each in items or ()):
            found.setdefault(pod.namespace, []).append(pod)
        return {namespace: tuple(pods) for namespace, pods in found.items()}

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
