"""The `spec` of upstream's DebugSession resource, which is written beside the record for people and tools that know it."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.model.decision import Granted
from gitops_breakglass.model.request import DebugRequest
from gitops_breakglass.model.window import print_duration


def debug_spec(request: DebugRequest, decision: Granted) -> dict[str, object]:
    """Return it in the strict upstream form: operations have no field there, and are in the record alone."""
    window = decision.windows[0]
    spec: dict[str, object] = {
        "cluster": request.id.cluster,
        "templateRef": request.template,
        "requestedBy": decision.subject.name,
        "requestedDuration": print_duration(window.end - window.start),
    }
    _, at, binding = decision.evidence.source.partition("@")
    namespace, _, name = binding.partition("/")
    if at and namespace:
        spec["bindingRef"] = {"name": name, "namespace": namespace}
    given: Mapping[str, object] = {
        "reason": request.reason,
        "targetNamespace": request.target_namespace,
        "nodeSelector": dict(request.node_selector),
        "selectedSchedulingOption": request.scheduling_option,
        "selectedAuxiliaryResources": list(request.auxiliary),
        "extraDeployValues": dict(request.values),
        "invitedParticipants": list(request.participants),
    }
    return spec | {field: value for field, value in given.items() if value}
