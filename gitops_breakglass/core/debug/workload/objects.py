"""The objects of workload mode, in the order of their making."""

from __future__ import annotations

from typing import Any

from gitops_breakglass.core.debug.namespaces import namespace_of
from gitops_breakglass.core.debug.parts import Asking, Parts
from gitops_breakglass.core.debug.workload.auxiliary import auxiliary_objects, further_objects, hold_names
from gitops_breakglass.core.debug.workload.base import pod_base
from gitops_breakglass.core.debug.workload.labels import SESSION, hold_labels, object_metadata, own_labels
from gitops_breakglass.core.debug.workload.limits import limit_objects, namespace_object
from gitops_breakglass.core.debug.workload.pod import pod_spec
from gitops_breakglass.core.debug.workload.resources import hold_resources
from gitops_breakglass.core.debug.workload.text_pod import Base
from gitops_breakglass.core.debug.workload.texts import texts_of
from gitops_breakglass.core.debug.workload.told import Source, Told, mapping, plain
from gitops_breakglass.model.debug_grant import Part, SessionObject
from gitops_breakglass.model.kube import Manifest

_KINDS = ("DaemonSet", "Deployment")
"""What a workload may be; the first where the template does not say, as upstream has it."""


def workload_parts(asking: Asking) -> Parts:
    """Return the namespace, limits, auxiliary resources and workload of a session."""
    told = Told()
    place = Source(asking.offer.template.document, ("spec",))
    hold_labels(asking.offer.labels, place, told, "labels")
    hold_labels(asking.offer.annotations, place, told, "annotations")
    namespace = namespace_of(asking.request, asking.offer)
    objects: list[SessionObject] = []
    texts = texts_of(asking, namespace, told)
    base = pod_base(asking, texts)
    if base is not None:
        kind = _kind(asking, base, told)
        pods = _replicas(asking, base, told) if kind == "Deployment" else 1
        pod = pod_spec(asking, base, texts)
        quota = asking.offer.template.spec.get("resourceQuota")
        if quota is not None:
            hold_resources(asking, pod, mapping(plain(quota)), pods, base.source, told)
        objects += namespace_object(asking, namespace, told)
        objects += limit_objects(asking, namespace, kind, pod, told)
        beside = [*auxiliary_objects(asking, namespace, texts), *further_objects(asking, namespace, base.further, told)]
        objects += [each for each in beside if each.part is Part.AUXILIARY]
        objects.append(SessionObject(_workload(asking, namespace, kind, pods, base, pod), Part.WORKLOAD))
        objects += [each for each in beside if each.part is not Part.AUXILIARY]
        hold_names(objects, Source(asking.offer.template.document, ("spec", "auxiliaryResources")), told)
    return Parts(
        objects=() if told.problems else tuple(objects), notes=tuple(told.notes), problems=tuple(told.problems)
    )


def _kind(asking: Asking, base: Base, told: Told) -> str:
    written = asking.offer.template.spec.get("workloadType")
    kind = str(written) if written in _KINDS else base.kind or _KINDS[0]
    if base.kind and base.kind != kind:
        told.problem(
            "pod-template-text",
            f"the text has a {base.kind}, and workloadType is {kind}",
            base.source.at(),
            "let them agree",
        )
    return kind


def _replicas(asking: Asking, base: Base, told: Told) -> int:
    spec = asking.offer.template.spec
    written = spec.get("replicas")
    asked = written if isinstance(written, int) else base.replicas or 1
    most = mapping(plain(spec.get("resourceQuota"))).get("maxPods")
    if isinstance(most, int) and asked > most:
        told.note(
            "replicas-cut",
            f"there are {most} pods and not {asked}: resourceQuota.maxPods bounds them",
            asking.offer.template.document.at("spec", "replicas"),
        )
        return most
    return asked


def _workload(asking: Asking, namespace: str, kind: str, pods: int, base: Base, pod: dict[str, Any]) -> Manifest:
    labels = {**base.labels, **asking.offer.labels, **own_labels(asking.name)}
    annotations = {**base.annotations, **asking.offer.annotations}
    template = {"metadata": {"labels": labels, **({"annotations": annotations} if annotations else {})}, "spec": pod}
    # Its pods are never more than its replicas, also where somebody else changes it.
    only = {"replicas": pods, "strategy": {"type": "Recreate"}} if kind == "Deployment" else {}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": object_metadata(asking, namespace, "pods"),
        "spec": {**only, "selector": {"matchLabels": {SESSION: asking.name}}, "template": template},
    }
