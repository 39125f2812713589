"""The pod that a session template starts from, in whichever of its forms it is written."""

from __future__ import annotations

from gitops_breakglass.core.debug.operations.image import read_image
from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.workload.text_pod import Base, text_base, with_metadata
from gitops_breakglass.core.debug.workload.texts import Texts
from gitops_breakglass.core.debug.workload.told import Source, Told, entries, mapping, plain

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


def pod_base(asking: Asking, texts: Texts) -> Base | None:
    """Return the pod that the template has or names; without one that can be used, None and a problem."""
    told = texts.told
    before = len(told.problems)
    base = _written(asking, texts)
    if base is None or len(told.problems) > before:
        return None
    for key in sorted(base.spec.keys() - POD_FIELDS):
        told.problem(_ID, f"a debug pod has no {key}", base.source.at(key), "leave it out")
    if not entries(base.spec.get("containers")):
        told.problem(_ID, "the pod has no containers", base.source.at("containers"), "give it one")
        return None
    _hold_containers(base, told)
    return base


def _hold_containers(base: Base, told: Told) -> None:
    names: set[object] = set()
    for field in ("initContainers", "containers"):
        for index, written in enumerate(entries(base.spec.get(field))):
            container = mapping(written)
            name, image = container.get("name"), container.get("image")
            if name in names:
                place = base.source.at(field, index, "name")
                told.problem(_ID, f"there are several containers {name}", place, "give each its own name")
            names.add(name)
            try:
                read_image(image if isinstance(image, str) else "")
            except ValueError as error:
                told.problem(
                    "debug-pod-image",
                    f"the image {image!r:.80} of the container {name}: {error}",
                    base.source.at(field, index, "image"),
                    "write it as registry/path:tag, or with its digest",
                )


def _written(asking: Asking, texts: Texts) -> Base | None:
    template, pod = asking.offer.template, asking.offer.pod
    text = template.spec.get("podTemplateString")
    if isinstance(text, str) and text:
        return text_base(text, Source(template.document, ("spec", "podTemplateString"), is_text=True), texts)
    if pod is None:
        texts.told.problem(
            _ID,
            f"{template.name} has no pod: the DebugPodTemplate {template.pod} is not there"
            if template.pod
            else "no pod",
            template.document.at("spec", "podTemplateRef"),
            "name a DebugPodTemplate of this repository in podTemplateRef",
        )
        return None
    text = pod.spec.get("templateString")
    if isinstance(text, str):
        return text_base(text, Source(pod.document, ("spec", "templateString"), is_text=True), texts)
    if "podSpec" in pod.spec:
        return Base(mapping(plain(pod.spec["podSpec"])), Source(pod.document, ("spec", "podSpec")))
    written = mapping(plain(pod.spec.get("template")))
    base = Base(mapping(written.get("spec")), Source(pod.document, ("spec", "template", "spec")))
    return with_metadata(base, written.get("metadata"), texts.told)
