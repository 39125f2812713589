"""`DebugSession` files: requests for a debug session by one of the templates."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.read.debug_operations import read_operations
from gitops_breakglass.core.read.reading import Read, Reading, words_of
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Severity
from gitops_breakglass.model.request import DebugRequest, RequestId

_SNAPSHOTS = ("approvalReasonConfig", "requestReasonConfig", "resolvedSchedulingConstraints", "userGroups")
"""Upstream's copies of what template and identities say; their own word counts."""


def read_debug_session(document: Document, request: RequestId) -> Read[DebugRequest]:
    """Read the debug session that is in the request's file."""
    reading = Reading(document)
    for field in _SNAPSHOTS:
        if reading.node("spec", field) not in (None, False, "", [], {}, ()):
            reading.report(
                "field-not-enforced",
                f"spec.{field} has no effect here: what the policy side says holds",
                "spec",
                field,
                severity=Severity.WARNING,
                hint="leave it out",
            )
    name, namespace = (reading.text("spec", "bindingRef", field) for field in ("name", "namespace"))
    values = reading.node("spec", "extraDeployValues")
    return reading.done(
        DebugRequest(
            id=request,
            document=document,
            template=reading.text("spec", "templateRef") or "",
            binding=(namespace or "", name) if name is not None else None,
            user=reading.text("spec", "requestedBy"),
            duration=reading.duration("spec", "requestedDuration"),
            reason=reading.text("spec", "reason") or "",
            target_namespace=reading.text("spec", "targetNamespace") or "",
            node_selector=words_of(reading.node("spec", "nodeSelector")),
            scheduling_option=reading.text("spec", "selectedSchedulingOption") or "",
            auxiliary=reading.texts("spec", "selectedAuxiliaryResources"),
            values=values if isinstance(values, Mapping) else {},
            participants=reading.texts("spec", "invitedParticipants"),
            operations=read_operations(reading),
        )
    )
