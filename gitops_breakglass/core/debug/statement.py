"""What a debug session makes, as plain JSON in the signed decision, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gitops_breakglass.core.debug.pod_operations import operations_manifest, operations_of
from gitops_breakglass.model.debug_grant import DebugGrant, Failure, Injection, Part, SessionObject
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.window import parse_duration, print_duration


def debug_manifest(grant: DebugGrant) -> dict[str, object]:
    """Return a session as JSON; read_debug reads it back."""
    return {
        "name": grant.name,
        "template": grant.template,
        "binding": grant.binding,
        "namespace": grant.namespace,
        "operations": operations_manifest(grant.operations),
        "participants": [asdict(each) for each in grant.participants],
        "objects": [
            {
                "manifest": each.manifest,
                "part": each.part.value,
                "failure": each.failure.value,
                "ttl": print_duration(each.ttl) if each.ttl is not None else None,
            }
            for each in grant.objects
        ],
        "injections": [
            {
                "namespace": each.namespace,
                "pod": each.pod,
                "podUID": each.pod_uid,
                "container": each.container,
                "restart": each.restart,
            }
            for each in grant.injections
        ],
        "failsOpen": grant.fails_open,
    }


def read_debug(data: Mapping[str, Any]) -> DebugGrant:
    """Read a session. Raises ValueError, KeyError or TypeError where it is none."""
    return DebugGrant(
        name=_text(data["name"]),
        template=_text(data["template"]),
        binding=_text(data["binding"]),
        namespace=_text(data["namespace"]),
        operations=operations_of(data["operations"]),
        participants=tuple(
            Subject(_text(each["kind"]), _text(each["name"]), _text(each["namespace"])) for each in data["participants"]
        ),
        objects=tuple(_object(each) for each in data["objects"]),
        injections=tuple(
            Injection(
                namespace=_text(each["namespace"]),
                pod=_text(each["pod"]),
                pod_uid=_text(each["podUID"]),
                container=_named(each["container"]),
                restart=each["restart"] is True,
            )
            for each in data["injections"]
        ),
        fails_open=data["failsOpen"] is True,
    )


def _object(data: Mapping[str, Any]) -> SessionObject:
    manifest = _mapping(data["manifest"])
    for field in ("apiVersion", "kind"):
        _text(manifest[field])
    metadata = _named(manifest["metadata"])
    _text(metadata.get("namespace", ""))
    ttl = data["ttl"]
    return SessionObject(
        manifest=manifest,
        part=Part(data["part"]),
        failure=Failure(data["failure"]),
        ttl=None if ttl is None else parse_duration(_text(ttl)),
    )


def _named(value: object) -> Mapping[str, Any]:
    found = _mapping(value)
    _text(found["name"])
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        msg = "a debug session has something else where a map should be"
        raise TypeError(msg)
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        msg = "a debug session has something else where a text should be"
        raise TypeError(msg)
    return value
