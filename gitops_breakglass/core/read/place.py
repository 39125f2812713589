"""Whether a document lies where its kind is read, and whether anything is granted by its kind."""

from __future__ import annotations

from gitops_breakglass.core.read.kinds import (
    INFORMATIONAL_KINDS,
    NOT_JUDGED_YET,
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
    if document.kind in {"Configuration", "Identities"}:
        return () if document.path == home else (_misplaced(document),)
    if document.kind in REQUEST_KINDS:
        return (_misplaced(document),)
    if document.kind in NOT_JUDGED_YET:
        return (_not_judged_yet(document, Severity.NOTE),)
    if document.kind in INFORMATIONAL_KINDS:
        return (_informational(document),)
    return ()


def as_request(document: Document) -> tuple[Finding, ...]:
    """Say why a document of a known kind can't be a request, or can't be granted yet."""
    if document.kind in POLICY_KINDS:
        return (_misplaced(document),)
    if document.kind in NOT_JUDGED_YET:
        return (_not_judged_yet(document, Severity.WARNING),)
    return ()


def _misplaced(document: Document) -> Finding:
    return Finding(
        "misplaced-document",
        f"a document of kind {document.kind} has no effect in {document.path}",
        document.at("kind"),
        hint=f"it belongs into {home_of(document.kind)}",
    )


def _not_judged_yet(document: Document, severity: Severity) -> Finding:
    return Finding(
        "not-judged-yet",
        f"this version grants nothing by documents of kind {document.kind} yet",
        document.at("kind"),
        severity,
        hint="it is checked; no access comes of it until a version grants it",
        refuses=severity is Severity.WARNING,
    )


def _informational(document: Document) -> Finding:
    return Finding(
        "informational-kind",
        f"{document.kind} has no effect here: {_MATTERS[document.kind]} are the matter of upstream's operator",
        document.at("kind"),
        Severity.NOTE,
        hint="keep it for a cluster where that operator runs, or take it out",
    )
