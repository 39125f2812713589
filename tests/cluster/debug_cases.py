"""The sessions of the seeds' four templates as data: what is asked for, and which containers it leads into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.cluster.debug_asked import NODE, Asked, Place
from tests.cluster.debug_calls import PodAt
from tests.cluster.debug_stage import DebugStage

Operations = Callable[[Place], tuple[Mapping[str, Any], ...]]
NETSHOOT = "nicolaka/netshoot:latest"


def nothing(_place: Place) -> tuple[Mapping[str, Any], ...]:
    """Ask for no operation, as sessions with a workload do."""
    return ()


def an_ephemeral_container(place: Place) -> tuple[Mapping[str, Any], ...]:
    """Ask for a container in the place's pod."""
    command = ["/bin/sh", "-c", "sleep infinity"]
    wanted = {"namespace": place.namespace, "pod": place.pod, "image": NETSHOOT, "command": command}
    return ({"ephemeralContainer": wanted},)


def a_copy(place: Place) -> tuple[Mapping[str, Any], ...]:
    """Ask for a copy of the place's pod."""
    return ({"podCopy": {"namespace": place.namespace, "pod": place.pod, "image": "busybox:latest"}},)


def a_node_pod(_place: Place) -> tuple[Mapping[str, Any], ...]:
    """Ask for a pod on the node."""
    return ({"nodeDebug": {"node": NODE, "image": NETSHOOT}},)


@dataclass(frozen=True)
class Case:
    """One kind of session. `pods` is how many it makes, and where: in which namespace and on which nodes."""

    name: str
    template: str
    operations: Operations = nothing
    pods: int = 1
    nodes: tuple[str, ...] = ()

    @property
    def injects(self) -> bool:
        """Whether it puts a container into a pod of others."""
        return self.operations is an_ephemeral_container

    def asked(self, stem: str, place: Place, **more: Any) -> Asked:
        """The request, of a name that begins with this stem."""
        return Asked(f"{stem}-{self.name}", self.template, operations=self.operations(place), **more)

    def entrances(self, stage: DebugStage, asked: Asked, place: Place) -> list[PodAt]:
        """The containers that the session leads into, as they are there now."""
        return stage.injected(asked, place) if self.injects else stage.session_pods(asked)

    def others(self, place: Place) -> list[PodAt]:
        """Pods that it does not lead into."""
        return [*place.others, *([] if self.injects else [place.target])]


NETWORK = Case("network", "network-debugging")
CAPTURE = Case("capture", "network-capture", nodes=(NODE,))
EPHEMERAL = Case("ephemeral", "ephemeral-pod-debug", an_ephemeral_container, pods=0)
COPY = Case("copy", "ephemeral-pod-debug", a_copy)
NODE_POD = Case("node", "node-debug-access", a_node_pod, nodes=(NODE,))
CASES = (NETWORK, CAPTURE, EPHEMERAL, COPY, NODE_POD)
