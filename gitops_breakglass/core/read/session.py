"""`BreakglassSession` files: requests for the rights of an escalation."""

from __future__ import annotations

from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Severity
from gitops_breakglass.model.request import RequestId, SessionRequest

_SNAPSHOTS = ("approvalReasonConfig", "idleTimeout", "requestReasonConfig")
"""Upstream's copies of what the escalation says; the escalation's own word counts."""


def read_session(document: Document, request: RequestId) -> Read[SessionRequest]:
    """Read the session that is in the request's file."""
    reading = Reading(document)
    for field in _SNAPSHOTS:
        if reading.node("spec", field) not in (None, False, "", [], {}, ()):
            reading.report(
                "field-not-enforced",
                f"spec.{field} has no effect here: what the escalation says holds",
                "spec",
                field,
                severity=Severity.WARNING,
                hint="leave it out",
            )
    return reading.done(
        SessionRequest(
            id=request,
            document=document,
            granted_group=reading.text("spec", "grantedGroup"),
            escalation=reading.text("spec", "escalation"),
            user=reading.text("spec", "user"),
            duration=reading.duration("spec", "maxValidFor"),
            scheduled_start=reading.start("spec", "scheduledStartTime"),
            reason=reading.text("spec", "requestReason") or "",
            identity_provider=reading.text("spec", "identityProviderName"),
            issuer=reading.text("spec", "identityProviderIssuer"),
            retain_for=reading.duration("spec", "retainFor"),
            deny_refs=reading.texts("spec", "denyPolicyRefs"),
        )
    )
