"""What the pods of a session may use: every container says it, and all together stay within the template's bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.workload.told import Source, Told, entries, mapping
from gitops_breakglass.core.quantity import parse_quantity
from gitops_breakglass.model.document import Node

_ID = "container-resources"
BOUNDS = {"maxCPU": "cpu", "maxMemory": "memory", "maxStorage": "ephemeral-storage"}
"""The bounds of `resourceQuota`, and the resource that each is of."""
_SIDES = {"requests": "enforceResourceRequests", "limits": "enforceResourceLimits"}


def hold_resources(
    asking: Asking, pod: Mapping[str, Any], quota: Mapping[str, Node], pods: int, pod_at: Source, told: Told
) -> None:
    """Report containers that do not say what they use, and pods that together use more than the quota; `pods` are made."""
    quota_at = Source(asking.offer.template.document, ("spec", "resourceQuota"))
    if _unsaid(pod, quota, pod_at, told):
        return
    for bound, resource in BOUNDS.items():
        most = quota.get(bound)
        if not isinstance(most, str):
            continue
        if (allowed := _amount(most)) is None:
            message = f"{bound} is {most}, which is no quantity"
            told.problem("invalid-quantity", message, quota_at.at(bound), "such as 500m, 2 or 10Gi")
            continue
        for side in _SIDES:
            used = _of_pod(pod, side, resource)
            if used * pods > allowed:
                told.problem(
                    _ID,
                    f"{side} of {resource} come to more than {bound} {most}, with {pods} pod{'s' * (pods > 1)}",
                    pod_at.at("containers"),
                    f"ask for less in the containers, for fewer pods, or raise {bound}",
                )


def _unsaid(pod: Mapping[str, Any], quota: Mapping[str, Node], pod_at: Source, told: Told) -> bool:
    found = False
    for field, index, container in _containers(pod):
        for side, switch in _SIDES.items():
            lacking = [each for each in _wanted(quota, switch) if not _said(container, side, each, quota.get(switch))]
            if lacking:
                found = True
                told.problem(
                    _ID,
                    f"the container {container.get('name')} has no {side} of {' and '.join(lacking)}",
                    pod_at.at(field, index, "resources"),
                    f"set resources.{side}; the session template's resourceQuota asks for them",
                )
    return found


def _wanted(quota: Mapping[str, Node], switch: str) -> Iterator[str]:
    """Name what has to be said: what is enforced, and what the API server asks of any pod under such a quota."""
    for bound, resource in BOUNDS.items():
        if bound in quota or (quota.get(switch) is not False and bound != "maxStorage"):
            yield resource


def _said(container: Mapping[str, Any], side: str, resource: str, switch: Node) -> bool:
    resources = mapping(container.get("resources"))
    if resource in mapping(resources.get(side)):
        return True
    # Without the rule, a limit is a request as well, as Kubernetes takes it.
    return switch is False and side == "requests" and resource in mapping(resources.get("limits"))


def _containers(pod: Mapping[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for field in ("initContainers", "containers"):
        for index, container in enumerate(entries(pod.get(field))):
            yield field, index, mapping(container)


def _of_pod(pod: Mapping[str, Any], side: str, resource: str) -> Fraction:
    """Return what a pod uses: all that run at once, or those that run one after another before, whichever is more."""
    most = beside = Fraction(0)
    for field, _, each in _containers(pod):
        amount = _of(each, side, resource)
        stays = field == "containers" or each.get("restartPolicy") == "Always"
        most = max(most, beside + amount)
        beside += amount if stays else 0
    return most


def _of(container: Mapping[str, Any], side: str, resource: str) -> Fraction:
    resources = mapping(container.get("resources"))
    written = mapping(resources.get(side)).get(resource, mapping(resources.get("limits")).get(resource))
    return _amount(str(written)) or Fraction(0)


def _amount(text: str) -> Fraction | None:
    try:
        return parse_quantity(text)
    except ValueError:
        return None
