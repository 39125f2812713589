"""A debug session's objects with our marks on them, and on the pods that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gitops_breakglass.core.marks import metadata_of
from gitops_breakglass.model.debug_grant import Part, SessionObject
from gitops_breakglass.model.grant import Statement
from gitops_breakglass.model.kube import Manifest, ObjectKey
from gitops_breakglass.model.window import Window


def session_objects(statement: Statement, window: Window, digest: str) -> dict[ObjectKey, Manifest]:
    """Return the objects of a session in one window, marked, in the order of their making; none where it is no session."""
    return {
        each.key: marked(each, statement, window, digest)
        for each in (statement.debug.objects if statement.debug else ())
    }


def end_of_object(each: SessionObject, window: Window) -> datetime:
    """Return when an object of a session ends: with the window, or before by its own `ttl`."""
    return window.end if each.ttl is None else min(window.end, window.start + each.ttl)


def marked(each: SessionObject, statement: Statement, window: Window, digest: str) -> Manifest:
    """Return an object of a session with our marks, which no label or annotation of its template overrides.

    The pods of a workload carry them too, so that they are found by label and end by themselves, whatever becomes of what
    controls them.
    """
    metadata = metadata_of(statement, end_of_object(each, window), digest, each.key.name, each.key.namespace)
    manifest = {**each.manifest, "metadata": _with_marks(each.manifest["metadata"], metadata)}
    if each.part is not Part.WORKLOAD:
        return manifest
    marks = {part: metadata[part] for part in ("labels", "annotations")}
    template = manifest["spec"]["template"]
    # What the template's author calls the pod does not matter: who controls it names it.
    template = {**template, "metadata": _with_marks(template.get("metadata") or {}, marks)}
    return {**manifest, "spec": {**manifest["spec"], "template": template}}


def _with_marks(metadata: Mapping[str, Any], marks: Mapping[str, Any]) -> dict[str, Any]:
    labels_and_annotations = {part: {**(metadata.get(part) or {}), **marks[part]} for part in ("labels", "annotations")}
    return {**metadata, **marks, **labels_and_annotations}
