"""`DenyPolicy` documents, as far as this version reads them: what they are about."""

from __future__ import annotations

from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.policy import DenyScope


def read_deny_scope(document: Document) -> DenyScope:
    """Return what the policy applies to; upstream knows no `escalationRefs`, the use cases do."""
    reading = Reading(document)
    return DenyScope(
        name=document.name,
        location=document.at("metadata", "name"),
        clusters=reading.texts("spec", "appliesTo", "clusters"),
        tenants=reading.texts("spec", "appliesTo", "tenants"),
        sessions=reading.texts("spec", "appliesTo", "sessions"),
        escalations=reading.texts("spec", "appliesTo", "escalationRefs"),
    )


def unreadable_deny(name: str, location: Location) -> DenyScope:
    """Return the scope of a deny policy that can't be read: everything, for it may have forbidden anything."""
    return DenyScope(name=name or "(unreadable)", location=location)
