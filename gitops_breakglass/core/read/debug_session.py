"""`DebugSession` files: requests for a debug session by one of the templates."""

from __future__ import annotations

from gitops_breakglass.core.read.debug_operations import read_operations
from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.request import DebugRequest, RequestId


def read_debug_session(document: Document, request: RequestId) -> Read[DebugRequest]:
    """Read the debug session that is in the request's file."""
    reading = Reading(document)
    return reading.done(
        DebugRequest(
            id=request,
            document=document,
            template=reading.text("spec", "templateRef") or "",
            user=reading.text("spec", "requestedBy"),
            duration=reading.duration("spec", "requestedDuration"),
            reason=reading.text("spec", "reason") or "",
            operations=read_operations(reading),
        )
    )
