"""One cluster: to look at, to change, and to install on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    # Half of the model, of which who implements one port needs little.
    from gitops_breakglass.model.enforcement import DenyFacts, Needs
    from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey
    from gitops_breakglass.model.policy import Rbac
    from gitops_breakglass.model.residue import Traces
    from gitops_breakglass.model.rules import Discovery
    from gitops_breakglass.model.server_time import ServerTime


@dataclass(frozen=True)
class ClusterState:
    """What one run read of one cluster, in as few calls as there are kinds."""

    now: datetime
    """The API server's own time."""
    uid: str
    """The uid of the namespace kube-system, which is the cluster's."""
    objects: tuple[LiveObject, ...]
    """Everything that carries our label: RBAC of grants, records, upstream resources, checkpoint; and the trust root."""
    unreadable: tuple[str, ...] = ()
    """Where something lies that can't be read as an object, or what could not be listed, and why; to be reported."""
    mark: str = ""
    """The id by which the API server's audit log has the call that told the time; empty where there is no such log."""


@dataclass(frozen=True)
class LedgerPages:
    """Every page of a cluster's ledger, in no order; `unreadable` as in `ClusterState`."""

    pages: tuple[LiveObject, ...] = ()
    unreadable: tuple[str, ...] = ()


class ClusterSight(Protocol):
    """What everybody sees of one cluster. Raises UnreachableError or RefusedError."""

    name: str

    def read(self) -> ClusterState:
        """Return the time, the cluster's uid and all objects of ours."""
        ...

    def now(self) -> datetime:
        """Return the cluster's own time."""
        ...

    def server_time(self) -> ServerTime | None:
        """Return what the cluster's clock shows now, as far as is known without asking; None where it has not been asked."""
        ...

    def get(self, key: ObjectKey) -> LiveObject | None:
        """Return one object, whoever's it is, or None where it is not there."""
        ...

    def pods(self, namespace: str) -> tuple[LiveObject, ...]:
        """Return every pod in a namespace, whoever's it is."""
        ...


class ClusterReader(ClusterSight, Protocol):
    """One cluster, to look at. Raises UnreachableError or RefusedError."""

    def ledger(self) -> LedgerPages:
        """Return the whole ledger, which `read` leaves out: it only grows, and a run seldom needs it."""
        ...

    def rbac(self) -> Rbac:
        """Return every role and binding of the cluster, of which ours are left out."""
        ...

    def discovery(self) -> Discovery:
        """Return every resource that the cluster serves."""
        ...

    def deny_facts(self, needs: Needs) -> DenyFacts:
        """Return the guard that is installed, and of the rest what `needs` asks for.

        Raises UnreachableError only: what may not be read is told in the answer, never left out of it.
        """
        ...


class ClusterEnder(ClusterSight, Protocol):
    """One cluster, to end access on; there is no way to make anything. Raises as ClusterWriter does."""

    def access(self) -> ClusterState:
        """Return the time, and those bindings of ours and records that can be listed; `unreadable` tells which kinds can't.

        For where `read` fails, which wants every kind.
        """
        ...

    def replace(self, live: LiveObject, manifest: Manifest) -> LiveObject:
        """Put `manifest` in the place of exactly the object that was seen."""
        ...

    def replace_status(self, key: ObjectKey, manifest: Manifest) -> None:
        """Write the status of an object that has one."""
        ...

    def delete(self, live: LiveObject) -> None:
        """Delete exactly the object that was seen (its uid is the precondition); GoneError where it is gone."""
        ...

    def strip_finalizers(self, live: LiveObject) -> None:
        """Take all finalizers from exactly the object that was seen, so that its deletion can end."""
        ...

    def lingering(self, pods: Sequence[LiveObject], *, within: float) -> tuple[LiveObject, ...]:
        """Wait until these pods of ours have gone, for as many seconds as `within` says at most; return those that have not."""
        ...


class ClusterWriter(ClusterReader, ClusterEnder, Protocol):
    """One cluster, to change. Raises ConflictError, GoneError, RefusedError or UnreachableError."""

    def create(self, manifest: Manifest) -> LiveObject:
        """Make an object; ConflictError where one of that name is there."""
        ...

    def inject(self, pod: LiveObject, container: Manifest) -> LiveObject:
        """Add an ephemeral container to exactly the pod that was seen (its uid is the precondition), and return the pod.

        ConflictError where the pod has a container of that name, GoneError where it is another pod or none.
        """
        ...

    def in_force(self, live: LiveObject, *, within: float = 0.0) -> bool:
        """Whether calls are refused by exactly these guard parameters, as they were seen; nothing is written.

        It waits for that as many seconds as `within` says; a busy API server takes a moment to hear of them.

        Only what the API server itself says counts. Where several answer for a cluster, it is the one that was asked.
        """
        ...


class Watcher(Protocol):
    """Says that something on a cluster changed on which access hangs: a record, or a binding of ours."""

    def wait(self, seconds: float) -> bool:
        """Whether something changed since the last wait, or does within so many seconds. It never raises.

        It may say so of nothing, and may hear of a change late, where the cluster does not answer: look from time to time.
        """
        ...


class TraceReader(Protocol):
    """One cluster, to look for what was left there."""

    def traces(self) -> Traces:
        """Return every object that may be listed, by its metadata alone; UnreachableError where there is no answer at all."""
        ...


class Installer(Protocol):
    """One cluster as its administrator reaches it. Raises ConflictError, RefusedError or UnreachableError."""

    name: str

    def uid(self) -> str:
        """Return the uid of the namespace kube-system, which is the cluster's."""
        ...

    def get(self, key: ObjectKey) -> LiveObject | None:
        """Return one object, or None where it, or its kind, is not there."""
        ...

    def rbac(self) -> Rbac:
        """Return every role and binding of the cluster, of which those of grants are left out."""
        ...

    def discovery(self) -> Discovery:
        """Return every resource that the cluster serves."""
        ...

    def pod_counts(self) -> Mapping[str, int]:
        """Return how many pods each namespace has that has any."""
        ...

    def apply(self, manifest: Manifest) -> None:
        """Make the object, or make it as the manifest has it; fields that others set beside ours stay (server-side apply)."""
        ...

    def replace(self, live: LiveObject, manifest: Manifest) -> LiveObject:
        """Put `manifest` in the place of exactly the object that was seen."""
        ...

    def refusal(self, manifest: Manifest) -> str | None:
        """Return what the API server says against creating the object, or None; nothing is created."""
        ...


class FolderInstaller(ClusterWriter, Protocol):
    """The folder of a `manifests` cluster, before anything is in it."""

    def initialise(self) -> str:
        """Make it a cluster of ours, unless it is one, and return the uid that stands for the cluster's."""
        ...
