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
    from gitops_breakglass.model.rules import Discovery


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
    """Where something lies that can't be read as an object, and why; to be reported, never changed (a folder's files)."""


@dataclass(frozen=True)
class LedgerPages:
    """Every page of a cluster's ledger, in no order; `unreadable` as in `ClusterState`."""

    pages: tuple[LiveObject, ...] = ()
    unreadable: tuple[str, ...] = ()


class ClusterReader(Protocol):
    """One cluster, to look at. Raises UnreachableError or RefusedError."""

    name: str

    def read(self) -> ClusterState:
        """Return the time, the cluster's uid and all objects of ours."""
        ...

    def now(self) -> datetime:
        """Return the cluster's own time."""
        ...

    def ledger(self) -> LedgerPages:
        """Return the whole ledger, which `read` leaves out: it only grows, and a run seldom needs it."""
        ...

    def get(self, key: ObjectKey) -> LiveObject | None:
        """Return one object, whoever's it is, or None where it is not there."""
        ...

    def pods(self, namespace: str) -> tuple[LiveObject, ...]:
        """Return every pod in a namespace, whoever's it is."""
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


class ClusterWriter(ClusterReader, Protocol):
    """One cluster, to change. Raises ConflictError, GoneError, RefusedError or UnreachableError."""

    def create(self, manifest: Manifest) -> LiveObject:
        """Make an object; ConflictError where one of that name is there."""
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
