"""One cluster behind its API server: lists to read it by, and writes that each carry a precondition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.answers import live_object
from gitops_breakglass.adapters.cluster.connection import Answer, Call, Connection
from gitops_breakglass.adapters.cluster.deny_facts import DenyFactsReader
from gitops_breakglass.adapters.cluster.discovery import Served, discovery_of, served
from gitops_breakglass.adapters.cluster.injecting import added, injection
from gitops_breakglass.adapters.cluster.lists import Lists
from gitops_breakglass.adapters.cluster.pages import Pages
from gitops_breakglass.adapters.cluster.rbac import rbac_of
from gitops_breakglass.adapters.cluster.resources import (
    KNOWN,
    LEDGER_KIND,
    PODS,
    RBAC_KINDS,
    Listing,
    Resource,
    checked,
    collection,
    object_path,
    preconditions,
)
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.core.holds import holds
from gitops_breakglass.core.install.guard_denies import parameters_probe, tells_in_force
from gitops_breakglass.model.enforcement import DenyFacts, Needs
from gitops_breakglass.model.errors import ConflictError, GoneError, RefusedError, UnreachableError
from gitops_breakglass.model.kube import MANAGED_BY, MANAGER, NAMESPACE, LiveObject, Manifest, ObjectKey, key_of
from gitops_breakglass.model.policy import KubernetesTarget, Rbac
from gitops_breakglass.model.rules import Discovery
from gitops_breakglass.ports import Clock, ClusterState, LedgerPages

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"

_OF_OTHERS = f"{MANAGED_BY}!={MANAGER}"
_ABSENT = frozenset({404})

_BETWEEN_PROBES = 0.05
"""Seconds; new parameters were seen to bite after 7 ms."""
_BETWEEN_LOOKS = 0.25
"""Seconds between two lists of pods that are to go."""


class KubernetesCluster:
    """A ClusterWriter on an API server; many threads may use it at a time. `close` it, or use it in a `with` block.

    `deadline` is in seconds, for one call with its retries; `page` is the most objects that one answer of a list holds.
    """

    def __init__(
        self,
        name: str,
        target: KubernetesTarget,
        *,
        deadline: float = 30.0,
        page: int = 500,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.skew: timedelta | None = None
        """How far the API server's clock was ahead of ours when it last told its time, to about a second."""
        self._connection = Connection(name, target, deadline=deadline)
        self._pages = Pages(self._call, page)
        self._pool = ThreadPool()
        self._lists = Lists(name, self._pages, self._pool)
        self._clock = clock or SystemClock()
        self._served: tuple[Served, ...] | None = None

    @property
    def calls(self) -> Counter[str]:
        """How many calls were made so far, retries included, by verb (`list`, `get`, `create`, `discover`, …)."""
        return self._connection.calls

    # -- to look

    def read(self) -> ClusterState:
        """Return the time, the cluster's uid and all objects of ours."""
        home = self._call(Call("get", "GET", "/api/v1/namespaces/kube-system", "read the cluster's uid"))
        now = self._told_time(home)
        objects, unreadable = self._lists.everything()
        return ClusterState(now, str(home.body["metadata"]["uid"]), objects, unreadable)

    def now(self) -> datetime:
        """Return the API server's time, in whole seconds."""
        return self._told_time(self._call(Call("get", "GET", "/version", "read the time")))

    def ledger(self) -> LedgerPages:
        """Return the whole ledger, in one list; RefusedError where its kind is not installed."""
        return LedgerPages(self._lists.read(Listing(LEDGER_KIND, NAMESPACE, selector="")))

    def get(self, key: ObjectKey) -> LiveObject | None:
        """Return one object, whoever's it is, or None where it, or its kind, is not there."""
        resource = self._resource(checked(key))
        if resource is None:
            return None
        answer = self._call(Call("get", "GET", object_path(resource, key), f"read {key}", expected=_ABSENT))
        return None if answer.status in _ABSENT else live_object(answer.body, resource)

    def pods(self, namespace: str) -> tuple[LiveObject, ...]:
        """Return every pod in a namespace, whoever's it is."""
        return self._lists.read(Listing(PODS, namespace, selector=""))

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

    def replace(self, live: LiveObject, manifest: Manifest) -> LiveObject:
        """Put `manifest` in the place of exactly the object that was seen; ConflictError where it has changed since."""
        seen = live.manifest["metadata"]
        exact = {"uid": live.uid, "resourceVersion": seen["resourceVersion"]}
        body = {**manifest, "metadata": {**manifest["metadata"], **exact}}
        resource, path = self._place(live.key)
        call = Call("update", "PUT", path, f"replace {live.key}", body=body, repeatable=False)
        return live_object(self._call(call).body, resource)

    def replace_status(self, key: ObjectKey, manifest: Manifest) -> None:
        """Write the whole status; where `manifest` has a uid or resourceVersion, only to that object."""
        _, path = self._place(key)
        exact = {name: manifest["metadata"].get(name) for name in ("uid", "resourceVersion")}
        # A status call ignores the metadata in its body, so they are tested. "add" also replaces what is there, as a whole.
        patch = [{"op": "test", "path": f"/metadata/{name}", "value": value} for name, value in exact.items() if value]
        patch.append({"op": "add", "path": "/status", "value": manifest.get("status") or {}})
        doing = f"write the status of {key}"
        self._call(Call("patch", "PATCH", f"{path}/status", doing, body=patch, content_type=JSON_PATCH))

    def delete(self, live: LiveObject) -> None:
        """Delete exactly the object that was seen; one with a finalizer stays, and goes on working, until that is gone."""
        _, path = self._place(live.key)
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": preconditions(live),
            "propagationPolicy": "Background",
        }
        self._call(Call("delete", "DELETE", path, f"delete {live.key}", body=options))

    def strip_finalizers(self, live: LiveObject) -> None:
        """Take all finalizers from the object that was seen; what else became of it since does not matter."""
        _, path = self._place(live.key)
        patch = {"metadata": {"uid": live.uid, "finalizers": None}}
        doing = f"take the finalizers from {live.key}"
        self._call(Call("patch", "PATCH", path, doing, body=patch, content_type=MERGE_PATCH))

    def lingering(self, pods: Sequence[LiveObject], *, within: float) -> tuple[LiveObject, ...]:
        """Wait until these pods of ours have gone; one that was bound to a node goes when that confirms it."""
        deadline = self._clock.now() + timedelta(seconds=within)
        while True:
            there = {(live.key, live.uid) for live in self._lists.read(Listing(PODS))}
            left = tuple(each for each in pods if (each.key, each.uid) in there)
            if not left or self._clock.now() >= deadline:
                return left
            self._clock.sleep(_BETWEEN_LOOKS)

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

    def close(self) -> None:
        """Close all connections; a later call opens them again."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # -- how

    def _call(self, call: Call) -> Answer:
        return self._connection.call(call)

    def _told_time(self, answer: Answer) -> datetime:
        if answer.date is None:
            raise UnreachableError(
                f"{self.name}: the API server did not tell its time", hint="does a proxy drop the `Date` header?"
            )
        self.skew = answer.date - self._clock.now()
        return answer.date

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

    def _place(self, key: ObjectKey) -> tuple[Resource, str]:
        resource = self._resource(checked(key))
        if resource is None:
            raise GoneError(f"{self.name}: {key}: the API server no longer serves the kind")
        return resource, object_path(resource, key)

    def _resource(self, key: ObjectKey) -> Resource | None:
        wanted = (key.api_version, key.kind)
        if wanted in KNOWN:
            return KNOWN[wanted]
        # Asked again where it is not there: a CRD may have been installed since.
        for everything in (self._served or (), None):
            for each in self._discover() if everything is None else everything:
                if (each.resource.api_version, each.resource.kind) == wanted and "/" not in each.resource.name:
                    return each.resource
        return None

    def _known(self) -> tuple[Served, ...]:
        return self._served or self._discover()

    def _discover(self) -> tuple[Served, ...]:
        def fetch(path: str, accept: str) -> Mapping[str, Any]:
            return self._call(Call("discover", "GET", path, "ask what is served", accept=accept)).body

        self._served = served(fetch)
        return self._served
