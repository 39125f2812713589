"""One cluster behind its API server, to end access on: lists to read it by, and writes that shrink, delete, or tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from gitops_breakglass.adapters.clock import SystemClock
from gitops_breakglass.adapters.cluster.answers import live_object, told_time
from gitops_breakglass.adapters.cluster.connection import Answer, Call, Connection
from gitops_breakglass.adapters.cluster.discovery import Served, served
from gitops_breakglass.adapters.cluster.leases import KubernetesLeases
from gitops_breakglass.adapters.cluster.lists import Lists
from gitops_breakglass.adapters.cluster.pages import Pages
from gitops_breakglass.adapters.cluster.resources import (
    KNOWN,
    PODS,
    Listing,
    Resource,
    checked,
    object_path,
    preconditions,
)
from gitops_breakglass.adapters.pool import ThreadPool
from gitops_breakglass.model.errors import GoneError
from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey
from gitops_breakglass.model.policy import KubernetesTarget
from gitops_breakglass.model.server_time import ServerTime
from gitops_breakglass.ports import Clock, ClusterState

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"

_ABSENT = frozenset({404})
_BETWEEN_LOOKS = 0.25
"""Seconds between two lists of pods that are to go."""


class EndingCluster:
    """A ClusterEnder on an API server; many threads may use it at a time. `close` it, or use it in a `with` block.

    It has no way to make anything. `deadline` is in seconds, for one call with its retries; `page` is the most objects that one
    answer of a list holds. A `connection` that is given is somebody else's, and stays open.
    """

    def __init__(
        self,
        name: str,
        target: KubernetesTarget,
        *,
        deadline: float = 30.0,
        page: int = 500,
        clock: Clock | None = None,
        connection: Connection | None = None,
    ) -> None:
        self.name = name
        self.skew: timedelta | None = None
        """How far the API server's clock was ahead of ours when it last told its time, to about a second."""
        self._clock = clock or SystemClock()
        self._connection = connection or Connection(name, target, deadline=deadline, clock=self._clock)
        self._is_borrowed = connection is not None
        self._pages = Pages(self._call, page)
        self._pool = ThreadPool()
        self._lists = Lists(name, self._pages, self._pool)
        self._served: tuple[Served, ...] | None = None

    @property
    def calls(self) -> Counter[str]:
        """How many calls were made so far, retries included, by verb (`list`, `get`, `create`, `discover`, …)."""
        return self._connection.calls

    @property
    def leases(self) -> KubernetesLeases:
        """The Leases of our namespace there."""
        return KubernetesLeases(self.name, self._call)

    # -- to look

    def read(self) -> ClusterState:
        """Return the time, the cluster's uid and all objects of ours."""
        home = self._call(Call("get", "GET", "/api/v1/namespaces/kube-system", "read the cluster's uid"))
        now = self._told_time(home)
        objects, unreadable = self._lists.everything()
        return ClusterState(now, str(home.body["metadata"]["uid"]), objects, unreadable, home.audit_id)

    def access(self) -> ClusterState:
        """Return the time, and those bindings of ours and records that can be listed."""
        now = self.now()
        objects, unreadable = self._lists.access()
        return ClusterState(now, "", objects, unreadable)

    def now(self) -> datetime:
        """Return the API server's time, in whole seconds."""
        return self._told_time(self._call(Call("get", "GET", "/version", "read the time")))

    def server_time(self) -> ServerTime | None:
        """Return what the API server's clock shows now, by what its answers told; asks nothing."""
        return self._connection.server_time()

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

    # -- to change

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

    def close(self) -> None:
        """Close all connections of its own; a later call opens them again."""
        if not self._is_borrowed:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # -- how

    def _call(self, call: Call) -> Answer:
        return self._connection.call(call)

    def _told_time(self, answer: Answer) -> datetime:
        now = told_time(answer, self.name)
        self.skew = now - self._clock.now()
        return now

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
