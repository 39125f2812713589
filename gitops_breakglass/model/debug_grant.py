"""What a debug session makes on its cluster, as it is shown, approved and signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gitops_breakglass.model.kube import Manifest, ObjectKey, key_of
from gitops_breakglass.model.request import Subject


@dataclass(frozen=True)
class PodOperations:
    """What may be done with the pods of a session; the defaults are upstream's."""

    exec: bool = True
    attach: bool = True
    port_forward: bool = True
    logs: bool = False

    def both(self, other: PodOperations) -> PodOperations:
        """Return what both allow."""
        return PodOperations(
            exec=self.exec and other.exec,
            attach=self.attach and other.attach,
            port_forward=self.port_forward and other.port_forward,
            logs=self.logs and other.logs,
        )


class Part(StrEnum):
    """What an object of a session is there for; they are made in this order, and end in the reverse."""

    NAMESPACE = "namespace"
    LIMIT = "limit"
    """Quota, disruption budget and network policy: there before any pod, and until the last has gone."""
    AUXILIARY = "auxiliary"
    WORKLOAD = "workload"
    """A Deployment or DaemonSet: the pods that it makes are the session's."""
    POD = "pod"
    """A copy of a pod, or a pod on a node."""
    AUXILIARY_AFTER = "auxiliary-after"


class Failure(StrEnum):
    """What follows where an object can't be made."""

    FAIL = "fail"
    """Nothing that comes after it is made, and nobody gets access."""
    WARN = "warn"
    IGNORE = "ignore"


@dataclass(frozen=True)
class SessionObject:
    """One object of a session: whole and in Kubernetes' own form, but for the marks that every object of ours has."""

    manifest: Manifest
    part: Part
    failure: Failure = Failure.FAIL
    ttl: timedelta | None = None
    """How long it is there, from the window's start, where that is shorter than the session."""

    @property
    def key(self) -> ObjectKey:
        """The object's key."""
        return key_of(self.manifest)


@dataclass(frozen=True)
class Injection:
    """An ephemeral container for a pod that is not ours. Once it is there, only the pod's end takes it away."""

    namespace: str
    pod: str
    pod_uid: str
    """The pod that was seen; another one of its name does not get the container."""
    container: Manifest
    """In Kubernetes' own form; its name begins as every name of ours does and is the session's alone."""
    restart: bool = False
    """Whether the pod is deleted when the session ends, so that its owner makes it anew without the container."""

    @property
    def name(self) -> str:
        """The container's name."""
        return str(self.container["name"])


@dataclass(frozen=True)
class DebugGrant:
    """Everything of a debug session beyond what every grant has; part of the signed decision."""

    name: str
    """The session's name on the cluster, with which the names of its objects begin."""
    template: str
    binding: str
    """`namespace/name`, or empty."""
    namespace: str
    """Where the objects of workload mode are."""
    operations: PodOperations
    participants: tuple[Subject, ...] = ()
    objects: tuple[SessionObject, ...] = ()
    """In the order of their making."""
    injections: tuple[Injection, ...] = ()
    fails_open: bool = False
    """Whether there is access to what is there although something else could not be made."""
