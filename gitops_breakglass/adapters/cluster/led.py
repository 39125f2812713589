"""A cluster on which things are made only by whoever holds its Lease."""

from __future__ import annotations

from collections.abc import Callable

from gitops_breakglass.adapters.cluster.connection import Connection
from gitops_breakglass.adapters.cluster.kubernetes import KubernetesCluster
from gitops_breakglass.adapters.cluster.resources import Resource
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey
from gitops_breakglass.model.policy import KubernetesTarget


class LedCluster(KubernetesCluster):
    """A KubernetesCluster that asks each time it is about to make something, also again; `standby` says why not, or None.

    It is opened anew for each run, over a `connection` that outlives them if there is one: opening many at once costs an API
    server the time of ends.

    Deletions and changes ask nobody: an end waits for no Lease, and each names exactly what it saw.
    """

    def __init__(
        self,
        name: str,
        target: KubernetesTarget,
        standby: Callable[[], str | None],
        connection: Connection | None = None,
    ) -> None:
        super().__init__(name, target, connection=connection)
        self._standby = standby

    def create(self, manifest: Manifest) -> LiveObject:
        """Make an object; UnreachableError also where somebody else grants by now."""
        self._refuse_standby()
        return super().create(manifest)

    def inject(self, pod: LiveObject, container: Manifest) -> LiveObject:
        """Add an ephemeral container; UnreachableError also where somebody else grants by now."""
        self._refuse_standby()
        return super().inject(pod, container)

    def _post(self, resource: Resource, key: ObjectKey, manifest: Manifest) -> LiveObject:
        # Also for the second try after a lost answer: the Lease may have gone to somebody else while it was waited for.
        self._refuse_standby()
        return super()._post(resource, key, manifest)

    def _refuse_standby(self) -> None:
        if (why := self._standby()) is not None:
            raise UnreachableError(
                f"{self.name}: nothing is granted from here any more: {why}", hint="whoever holds the Lease goes on"
            )
