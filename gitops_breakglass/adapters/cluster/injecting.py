"""How a container is added to a pod that runs, and by what it is known to be there."""

from __future__ import annotations

from gitops_breakglass.adapters.cluster.connection import Call
from gitops_breakglass.core.debug.pods import container_in
from gitops_breakglass.core.holds import holds
from gitops_breakglass.model.errors import ConflictError, GoneError
from gitops_breakglass.model.kube import LiveObject, Manifest

STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"


def injection(path: str, pod: LiveObject, container: Manifest) -> Call:
    """Return the call that adds it; `path` is the pod's."""
    # Merged by name, and the uid is a precondition: another pod of that name is a conflict.
    patch = {"metadata": {"uid": pod.uid}, "spec": {"ephemeralContainers": [dict(container)]}}
    doing, path = f"add container {container['name']} to {pod.key}", f"{path}/ephemeralcontainers"
    return Call("patch", "PATCH", path, doing, body=patch, content_type=STRATEGIC_MERGE_PATCH, repeatable=False)


def added(cluster: str, seen: LiveObject, container: Manifest, now: LiveObject | None) -> LiveObject | None:
    """Return the pod where the container is in it already, or None where it can be added.

    GoneError where it is another pod than the one that was seen, or none; ConflictError where another container has the
    name.
    """
    if now is None or now.uid != seen.uid:
        said = "is not there any more" if now is None else "was replaced by another pod of its name"
        raise GoneError(f"{cluster}: {seen.key} {said}", hint="what was approved for it is not done to another pod")
    there = container_in(now, str(container["name"]))
    if there is None:
        return None
    if not holds(there, container):
        raise ConflictError(
            f"{cluster}: {seen.key} has another container of the name {container['name']}",
            hint="look who put it there; it is left as it is",
        )
    return now
