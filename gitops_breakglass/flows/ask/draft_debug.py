"""Writes the request file of a debug session, as somebody would have written it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from gitops_breakglass.core.yaml.dump import dump
from gitops_breakglass.model.kube import TELEKOM_API
from gitops_breakglass.model.request import EphemeralContainer, NodeDebug, Operation, PodCopy, RequestId
from gitops_breakglass.model.window import print_duration


@dataclass(frozen=True)
class DebugWish:
    """A debug session that somebody wants, by one template; what is empty is left to the template."""

    template: str
    binding: tuple[str, str] | None = None
    """Namespace and name."""
    namespace: str = ""
    node_labels: Mapping[str, str] = field(default_factory=dict)
    scheduling: str = ""
    auxiliary: tuple[str, ...] = ()
    values: Mapping[str, str | int | bool] = field(default_factory=dict)
    participants: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()


def draft_debug(request: RequestId, wish: DebugWish, duration: timedelta | None, reason: str) -> str:
    """Return the YAML of a `DebugSession`, with the fields that say something."""
    spec: dict[str, object] = {"cluster": request.cluster, "templateRef": wish.template}
    spec |= {name: value for name, value in _fields(wish, duration, reason) if value}
    document = {
        "apiVersion": TELEKOM_API,
        "kind": "DebugSession",
        "metadata": {"name": request.name},
        "spec": spec,
    }
    return dump(document)


def _fields(wish: DebugWish, duration: timedelta | None, reason: str) -> Iterator[tuple[str, object]]:
    if wish.binding is not None:
        yield "bindingRef", {"namespace": wish.binding[0], "name": wish.binding[1]}
    yield "requestedDuration", print_duration(duration) if duration is not None else ""
    yield "targetNamespace", wish.namespace
    yield "nodeSelector", dict(wish.node_labels)
    yield "selectedSchedulingOption", wish.scheduling
    yield "selectedAuxiliaryResources", list(wish.auxiliary)
    yield "extraDeployValues", dict(wish.values)
    yield "invitedParticipants", list(wish.participants)
    yield "operations", [_operation(each) for each in wish.operations]
    yield "reason", reason


def _operation(operation: Operation) -> dict[str, object]:
    match operation:
        case EphemeralContainer():
            return {
                "ephemeralContainer": {
                    "namespace": operation.namespace,
                    "pod": operation.pod,
                    "image": operation.image,
                    **({"targetContainer": operation.target} if operation.target else {}),
                }
            }
        case PodCopy():
            image = {"image": operation.image} if operation.image else {}
            return {"podCopy": {"namespace": operation.namespace, "pod": operation.pod, **image}}
        case NodeDebug():
            return {"nodeDebug": {"node": operation.node, **({"image": operation.image} if operation.image else {})}}
