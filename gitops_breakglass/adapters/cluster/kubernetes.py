"""One cluster behind its API server, to make things on too: writes that each carry a precondition."""

from __future__ import annotations

from datetime import timedelta

from gitops_breakglass.adapters.cluster.answers import live_object
from gitops_breakglass.adapters.cluster.connection import Call
from gitops_breakglass.adapters.cluster.deny_facts import DenyFactsReader
from gitops_breakglass.adapters.cluster.discovery import discovery_of
from gitops_breakglass.adapters.cluster.ending import EndingCluster
from gitops_breakglass.adapters.cluster.injecting import added, injection
from gitops_breakglass.adapters.cluster.rbac import rbac_of
from gitops_breakglass.adapters.cluster.resources import (
    LEDGER_KIND,
    RBAC_KINDS,
    Listing,
    Resource,
    checked,
    collection,
    object_path,
)
from gitops_breakglass.core.holds import holds
from gitops_breakglass.core.install.guard_denies import parameters_probe, tells_in_force
from gitops_breakglass.model.enforcement import DenyFacts, Needs
from gitops_breakglass.model.errors import ConflictError, GoneError, RefusedError, UnreachableError
from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, NAMESPACE, LiveObject, Manifest, ObjectKey, key_of
from gitops_breakglass.model.policy import Rbac
from gitops_breakglass.model.rules import Discovery
from gitops_breakglass.ports import LedgerPages

_OF_OTHERS = f"{MANAGED_BY}!={MANAGER}"

_BETWEEN_PROBES = 0.05
"""Seconds; new parameters were seen to bite after 7 ms."""


class KubernetesCluster(EndingCluster):
    """A ClusterWriter on an API server."""

    # -- to look

    def ledger(self) -> LedgerPages:
        """Return the whole ledger, in one list; RefusedError where its kind is not installed."""
        return LedgerPages(self._lists.read(Listing(LEDGER_KIND, NAMESPACE, selector="")))

    def rbac(self) -> Rbac:
        """Return every role and binding that does not carry our label."""
        listings = [Listing(each, selector=_OF_OTHERS) for each in RBAC_KINDS]
        lists = self._pool.map(lambda each: self._lists.found(each) or (), listings)
        return rbac_of(live for found in lists for live in found)

    def discovery(self) -> Discovery:
        """Return every resource that the API server serves."""
        return discovery_of(self._discover())

    def deny_facts(self, needs: Needs) -> DenyFacts:
        """Return what compiling deny policies takes of this cluster."""
        return DenyFactsReader(self._pages, self._pool, self._known, self.get).read(needs)

    # -- to change

    def create(self, manifest: Manifest) -> LiveObject:
        """Make an object.

        ConflictError where one of that name is there; RefusedError also where its kind or namespace is missing. After a
        lost answer the object is read back: one that holds all of `manifest` counts as made.
        """
        key = checked(key_of(manifest))
        resource = self._resource(key)
        if resource is None:
            raise RefusedError(f"{self.name}: create {key}: no such kind", hint=f"install the CRD of {key.api_version}")
        object_path(resource, key)
        try:
            return self._post(resource, key, manifest)
        except UnreachableError:
            found = self.get(key)
            if found is None:
                return self._post(resource, key, manifest)
            if not holds(found.manifest, manifest):
                raise ConflictError(f"{self.name}: create {key}: another object has the name") from None
            return found

    def inject(self, pod: LiveObject, container: Manifest) -> LiveObject:
        """Add an ephemeral container to exactly the pod that was seen; one of that name that is the same counts as added."""
        resource, path = self._place(pod.key)
        if (found := added(self.name, pod, container, self.get(pod.key))) is not None:
            return found
        try:
            return live_object(self._call(injection(path, pod, container)).body, resource)
        except (ConflictError, UnreachableError):
            # Another one has come into its place, or another run was first, or the answer was lost.
            if (found := added(self.name, pod, container, self.get(pod.key))) is None:
                raise
            return found

    def in_force(self, live: LiveObject, *, within: float = 0.0) -> bool:
        """Whether the API server that answers refuses by these parameters, at once or in so many seconds; nothing is created."""
        deadline = self._clock.now() + timedelta(seconds=within)
        while not tells_in_force(live, self._refusal(parameters_probe(live))):
            if self._clock.now() >= deadline:
                return False
            self._clock.sleep(_BETWEEN_PROBES)
        return True

    # -- how

    def _post(self, resource: Resource, key: ObjectKey, manifest: Manifest) -> LiveObject:
        path = collection(resource, key.namespace)
        call = Call("create", "POST", path, f"create {key}", body=manifest, repeatable=False)
        try:
            return live_object(self._call(call).body, resource)
        except GoneError as error:
            hint = "its kind or its namespace is not there: install the CRD, or make the namespace"
            raise RefusedError(error.message, hint=hint) from None

    def _refusal(self, manifest: Manifest) -> str | None:
        """Return what the API server says against creating the object, or None; nothing is created."""
        key = checked(key_of(manifest))
        resource = self._resource(key)
        if resource is None:
            return None
        path, doing = collection(resource, key.namespace), f"try to create {key}"
        try:
            self._call(Call("create", "POST", path, doing, query={"dryRun": "All"}, body=manifest))
        except RefusedError as error:
            return error.message
        return None
