"""Whether a document lies where its kind is read, and whether anything is granted by its kind."""

from __future__ import annotations

from gitops_breakglass.core.read.kinds import (
    INFORMATIONAL_KINDS,
    POLICY_KINDS,
    REQUEST_KINDS,
    home_of,
)
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Finding, Severity

_MATTERS = {"AuditConfig": "audit events", "MailProvider": "mails"}


def on_policy_side(document: Document) -> tuple[Finding, ...]:
    """Say why a document of a known kind has no effect on the policy side."""
    home = home_of(document.kind)
    if document.kind in {"Configuration", "Identities", "Freeze"}:
        return () if document.path == home else (_misplaced(document),)
    if document.kind in REQUEST_KINDS:
        return (_misplaced(document),)
    if document.kind in INFORMATIONAL_KINDS:
        return (_informational(document),)
    return ()


def as_request(document: Document) -> tuple[Finding, ...]:
    """Say why a document of a known kind can't be a request."""
    return (_misplaced(document),) if document.kind in POLICY_KINDS else ()


def _misplaced(document: Document) -> Finding:
    return Finding(
        "misplaced-document",
        f"a document of kind {document.kind} has no effect in {document.path}",
        document.at("kind"),
        hint=f"it belongs into {home_of(document.kind)}",
    )


def _informational(document: Document) -> Finding:
    return Finding(
        "informational-kind",
        f"{document.kind} has no effect here: {_MATTERS[document.kind]} are the matter of upstream's operator",
        document.at("kind"),
        Severity.NOTE,
        hint="keep it for a cluster where that operator runs, or take it out",
    )
