"""The pod that a session template starts from, in whichever of its forms it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.workload.labels import hold_labels
from gitops_breakglass.core.debug.workload.told import Source, Told, entries, mapping, plain
from gitops_breakglass.model.document import Node, Path

_ID = "debug-pod"
POD_FIELDS = frozenset(
    {
        "affinity",
        "automountServiceAccountToken",
        "containers",
        "dnsConfig",
        "dnsPolicy",
        "enableServiceLinks",
        "hostAliases",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "imagePullSecrets",
        "initContainers",
        "nodeSelector",
        "overhead",
        "preemptionPolicy",
        "priorityClassName",
        "restartPolicy",
        "runtimeClassName",
        "schedulerName",
        "securityContext",
        "serviceAccountName",
        "shareProcessNamespace",
        "terminationGracePeriodSeconds",
        "tolerations",
        "topologySpreadConstraints",
        "volumes",
    }
)
"""What a debug pod may say of itself, in a text as by the schema: `nodeName`, for one, would pass by every constraint."""


@dataclass(frozen=True)
class Base:
    """A pod as it was written, with what else its text holds."""

    spec: dict[str, Any]
    source: Source
    """Of `spec`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    replicas: int | None = None
    kind: str = ""
    """Deployment or DaemonSet, where the text says it."""
    further: tuple[tuple[dict[str, Any], Source], ...] = ()
    """Objects to be made beside it, each with its place."""


def pod_base(asking: Asking, told: Told) -> Base | None:
    """Return the pod that the template has or names; without one that can be used, None and a problem."""
    base = _written(asking, told)
    if base is None:
        return None
    for key in sorted(base.spec.keys() - POD_FIELDS):
        told.problem(_ID, f"a debug pod has no {key}", base.source.at(key), "leave it out")
    if not entries(base.spec.get("containers")):
        told.problem(_ID, "the pod has no containers", base.source.at("containers"), "give it one")
        return None
    return base


def _written(asking: Asking, told: Told) -> Base | None:
    template, pod = asking.offer.template, asking.offer.pod
    if pod is None:
        told.problem(
            _ID,
            f"{template.name} has no pod: the DebugPodTemplate {template.pod} is not there"
            if template.pod
            else "no pod",
            template.document.at("spec", "podTemplateRef"),
            "name a DebugPodTemplate of this repository in podTemplateRef",
        )
        return None
    if "podSpec" in pod.spec:
        return _static(pod.spec["podSpec"], None, Source(pod.document, ("spec", "podSpec")), told)
    written = pod.spec.get("template")
    if isinstance(written, Mapping):
        base: Path = ("spec", "template")
        return _static(written.get("spec"), written.get("metadata"), Source(pod.document, (*base, "spec")), told)
    return None


def _static(spec: Node, metadata: Node, source: Source, told: Told) -> Base:
    words = mapping(plain(metadata))
    place = Source(source.document, (*source.base[:-1], "metadata"), source.is_text)
    labels, annotations = mapping(words.get("labels")), mapping(words.get("annotations"))
    hold_labels(labels, place, told, "labels")
    hold_labels(annotations, place, told, "annotations")
    return Base(mapping(plain(spec)), source, labels, annotations)
