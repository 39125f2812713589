"""What a debug session template says of operations on pods and nodes that are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from gitops_breakglass.core.debug.operations.image import is_pattern
from gitops_breakglass.core.read.debug_operations import capability
from gitops_breakglass.core.read.reading import Reading, words_of
from gitops_breakglass.core.read.selector import read_namespaces
from gitops_breakglass.model.deny import NamespaceFilter
from gitops_breakglass.model.document import Document, Node, Path
from gitops_breakglass.model.window import parse_duration

_BASE = ("spec", "kubectlDebug")
_EPHEMERAL, _COPY, _NODE = (*_BASE, "ephemeralContainers"), (*_BASE, "podCopy"), (*_BASE, "nodeDebug")
_NODE_IMAGE = "busybox:stable"
"""What upstream takes on nodes where a template names no image."""
COPIES = "debug-copies"
"""The namespace where copies lie of a template that names none."""
_TTL = timedelta(hours=2)


@dataclass(frozen=True)
class Places:
    """Namespaces in which an operation may be done; `allowed` is None where the template names none."""

    allowed: NamespaceFilter | None = None
    denied: NamespaceFilter = field(default_factory=NamespaceFilter)


@dataclass(frozen=True)
class EphemeralTerms:
    """Terms of ephemeral containers."""

    enabled: bool
    places: Places
    images: tuple[str, ...]
    by_digest: bool
    capabilities: frozenset[str]
    """Without `CAP_`. Others than upstream has it, none are allowed where none are named."""
    privileged: bool
    non_root: bool
    restart: bool
    """Whether a pod goes with the session, so that its controller makes it anew."""


@dataclass(frozen=True)
class CopyTerms:
    """Terms of pod copies."""

    enabled: bool
    places: Places
    images: tuple[str, ...]
    target: str
    """The namespace where copies lie."""
    ttl: timedelta
    labels: Mapping[str, str]


@dataclass(frozen=True)
class NodeTerms:
    """Terms of pods on nodes."""

    enabled: bool
    images: tuple[str, ...]
    selector: Mapping[str, str]
    host_network: bool
    host_pid: bool
    host_ipc: bool

    @property
    def default_image(self) -> str:
        """The first of the images that is one, and no pattern; empty where all are patterns."""
        return next((each for each in self.images if not is_pattern(each)), "")


@dataclass(frozen=True)
class OperationTerms:
    """Everything that a template says of operations."""

    ephemeral: EphemeralTerms
    copy: CopyTerms
    node: NodeTerms


def terms_of(spec: Mapping[str, Node]) -> OperationTerms:
    """Read the terms of a template's `spec`, in either dialect. A switch that is not there is off."""
    reading = Reading(Document("", {"spec": spec}))
    images = reading.texts(*_EPHEMERAL, "allowedImages")
    return OperationTerms(
        EphemeralTerms(
            enabled=reading.flag(*_EPHEMERAL, "enabled") is True,
            places=_places(reading, _EPHEMERAL),
            images=images,
            by_digest=reading.flag(*_EPHEMERAL, "requireImageDigest") is True,
            capabilities=frozenset(capability(each) for each in reading.texts(*_EPHEMERAL, "maxCapabilities")),
            privileged=reading.flag(*_EPHEMERAL, "allowPrivileged") is True,
            non_root=reading.flag(*_EPHEMERAL, "requireNonRoot") is not False,
            restart=reading.flag(*_EPHEMERAL, "restartPodAfter") is True,
        ),
        CopyTerms(
            enabled=reading.flag(*_COPY, "enabled") is True,
            places=_places(reading, _COPY),
            images=reading.texts(*_COPY, "allowedImages") if reading.has(*_COPY, "allowedImages") else images,
            target=reading.text(*_COPY, "targetNamespace") or COPIES,
            ttl=_ttl(reading),
            labels=words_of(reading.node(*_COPY, "labels")),
        ),
        NodeTerms(
            enabled=reading.flag(*_NODE, "enabled") is True,
            images=reading.texts(*_NODE, "allowedImages") or (_NODE_IMAGE,),
            selector=words_of(reading.node(*_NODE, "nodeSelector")),
            host_network=reading.flag(*_NODE, "hostNamespaces", "hostNetwork") is not False,
            host_pid=reading.flag(*_NODE, "hostNamespaces", "hostPID") is not False,
            host_ipc=reading.flag(*_NODE, "hostNamespaces", "hostIPC") is True,
        ),
    )


def _places(reading: Reading, at: Path) -> Places:
    allowed = read_namespaces(reading, *at, "allowedNamespaces") if reading.has(*at, "allowedNamespaces") else None
    return Places(allowed, read_namespaces(reading, *at, "deniedNamespaces"))


def _ttl(reading: Reading) -> timedelta:
    """Return how long copies stay: as upstream has it where nothing is written that is a duration."""
    try:
        return parse_duration(reading.text(*_COPY, "ttl") or "")
    except ValueError:
        return _TTL
