"""What an API server sends: objects, and its time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gitops_breakglass.adapters.cluster.connection import Answer
from gitops_breakglass.adapters.cluster.resources import Resource
from gitops_breakglass.model.errors import UnreachableError
from gitops_breakglass.model.kube import LiveObject, key_of


def live_object(body: Mapping[str, Any], resource: Resource) -> LiveObject:
    """Return an object as an API server sent it, alone or in a list."""
    # The items of a list do not say what they are; who set which field is long and of no use here.
    metadata = {name: value for name, value in body["metadata"].items() if name != "managedFields"}
    manifest = {**body, "apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}
    return LiveObject(key_of(manifest), str(metadata["uid"]), manifest)


def told_time(answer: Answer, cluster: str) -> datetime:
    """Return the time that the API server gave with an answer, in whole seconds; UnreachableError where it gave none."""
    if answer.date is None:
        raise UnreachableError(
            f"{cluster}: the API server did not tell its time", hint="does a proxy drop the `Date` header?"
        )
    return answer.date
