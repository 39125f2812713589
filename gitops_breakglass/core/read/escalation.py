"""`BreakglassEscalation` documents, in the dialect of the use cases and in upstream's."""

from __future__ import annotations

from datetime import timedelta

from gitops_breakglass.core.read.audience import read_audience
from gitops_breakglass.core.read.deny import read_override
from gitops_breakglass.core.read.reading import Read, Reading
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.policy import Audience, Escalation, SessionLimits, SignIn

MAX_VALID_FOR = timedelta(hours=1)
"""What upstream takes where `maxValidFor` is not set."""
APPROVAL_TIMEOUT = timedelta(hours=1)
"""What upstream takes where `approvalTimeout` is not set."""


def read_escalation(document: Document, *, approval_timeout: timedelta = APPROVAL_TIMEOUT) -> Read[Escalation]:
    """Read an escalation. `approval_timeout` is for one that sets none of its own."""
    reading = Reading(document)
    own_timeout = reading.duration("spec", "approvalTimeout")
    approvers, override = read_audience(reading, "spec", "approvers"), read_override(reading)
    return reading.done(
        Escalation(
            name=document.name,
            group=reading.text("spec", "escalatedGroup") or "",
            # `clusterConfigRefs` is upstream's second list of the same thing.
            clusters=reading.texts("spec", "allowed", "clusters") + reading.texts("spec", "clusterConfigRefs"),
            allowed=read_audience(reading, "spec", "allowed"),
            approvers=approvers,
            max_valid_for=reading.duration("spec", "maxValidFor") or MAX_VALID_FOR,
            approval_timeout=own_timeout or approval_timeout,
            block_self_approval=reading.flag("spec", "blockSelfApproval"),
            request_reason_mandatory=reading.flag("spec", "requestReason", "mandatory") or False,
            approval_reason_mandatory=reading.flag("spec", "approvalReason", "mandatory") or False,
            location=document.at("metadata", "name"),
            approver_domains=reading.texts("spec", "allowedApproverDomains"),
            sign_in=SignIn(
                everybody=reading.texts("spec", "allowedIdentityProviders"),
                requesters=reading.texts("spec", "allowedIdentityProvidersForRequests"),
                approvers=reading.texts("spec", "allowedIdentityProvidersForApprovers"),
            ),
            session_limits=SessionLimits(
                per_user=reading.number("spec", "sessionLimitsOverride", "maxActiveSessionsPerUser"),
                total=reading.number("spec", "sessionLimitsOverride", "maxActiveSessionsTotal"),
                unlimited=reading.flag("spec", "sessionLimitsOverride", "unlimited") or False,
            ),
            retain_for=reading.duration("spec", "retainFor"),
            hidden_groups=frozenset(reading.texts("spec", "approvers", "hiddenFromUI")),
            override=override,
            override_approvers=_override_approvers(reading, approvers) if override else None,
            deny_refs=reading.texts("spec", "denyPolicyRefs"),
            disable_notifications=reading.flag("spec", "disableNotifications") or False,
            notification_exclusions=read_audience(reading, "spec", "notificationExclusions"),
            idle_timeout=reading.duration("spec", "idleTimeout"),
        )
    )


def _override_approvers(reading: Reading, approvers: Audience) -> Audience | None:
    """Return who has to approve what is overridden. Upstream reads neither field; approvers who are named are asked."""
    path = ("spec", "podSecurityOverrides")
    named = read_audience(reading, *path, "approvers")
    if not named.is_empty:
        return named
    return approvers if reading.flag(*path, "requireApproval") else None
