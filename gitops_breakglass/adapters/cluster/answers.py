"""Objects as an API server sends them, and whether one of them is what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitops_breakglass.adapters.cluster.resources import Resource
from gitops_breakglass.model.kube import LiveObject, key_of


def holds(found: object, wanted: object) -> bool:
    """Whether `found` has everything that `wanted` has; a server adds fields of its own and leaves empty ones out."""
    match found, wanted:
        case Mapping(), Mapping():
            return all(holds(found.get(name), value) for name, value in wanted.items())
        case ((list() | tuple()), (list() | tuple())):
            return len(found) == len(wanted) and all(map(holds, found, wanted))
        case _:
            return found == wanted or (not found and not wanted)


def live_object(body: Mapping[str, Any], resource: Resource) -> LiveObject:
    """Return an object as an API server sent it, alone or in a list."""
    # The items of a list do not say what they are; who set which field is long and of no use here.
    metadata = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    manifest = {**body, "apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}
    return LiveObject(key_of(manifest), str(metadata["uid"]), manifest)
