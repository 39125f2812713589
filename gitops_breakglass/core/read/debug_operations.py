"""The operations of a `DebugSession` file: what is done once to pods and nodes that are there."""

from __future__ import annotations

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.document import Path
from gitops_breakglass.model.request import EphemeralContainer, NodeDebug, Operation, PodCopy

OPERATIONS: Path = ("spec", "operations")
EPHEMERAL, COPY, NODE = "ephemeralContainer", "podCopy", "nodeDebug"


def read_operations(reading: Reading) -> tuple[Operation, ...]:
    """Return the operations in the order of the file; the schema has seen to it that each entry is one of the three."""
    return tuple(_operation(reading, (*OPERATIONS, index)) for index in range(reading.count(*OPERATIONS)))


def capability(word: str) -> str:
    """Return a capability's name as the API server takes it: in capitals, and without `CAP_`."""
    return word.upper().removeprefix("CAP_")


def _operation(reading: Reading, at: Path) -> Operation:
    if reading.has(*at, EPHEMERAL):
        return _ephemeral(reading, (*at, EPHEMERAL))
    if reading.has(*at, COPY):
        return _copy(reading, (*at, COPY))
    return NodeDebug(node=reading.text(*at, NODE, "node") or "", image=reading.text(*at, NODE, "image") or "")


def _ephemeral(reading: Reading, at: Path) -> EphemeralContainer:
    return EphemeralContainer(
        namespace=reading.text(*at, "namespace") or "",
        pod=reading.text(*at, "pod") or "",
        image=reading.text(*at, "image") or "",
        target=reading.text(*at, "targetContainer") or "",
        command=reading.texts(*at, "command"),
        args=reading.texts(*at, "args"),
        capabilities=tuple(capability(each) for each in reading.texts(*at, "capabilities")),
        privileged=reading.flag(*at, "privileged") is True,
        run_as_user=reading.number(*at, "runAsUser"),
        run_as_non_root=reading.flag(*at, "runAsNonRoot"),
    )


def _copy(reading: Reading, at: Path) -> PodCopy:
    return PodCopy(
        namespace=reading.text(*at, "namespace") or "",
        pod=reading.text(*at, "pod") or "",
        image=reading.text(*at, "image") or "",
        command=reading.texts(*at, "command"),
        ttl=reading.duration(*at, "ttl"),
        keep_token=reading.flag(*at, "keepServiceAccountToken") is True,
        keep_secrets=reading.flag(*at, "keepSecrets") is True,
    )
