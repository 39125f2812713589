"""Sessions that fill a limit: who holds which, until when, and of which ones that is not known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gitops_breakglass.model.request import RequestId


@dataclass(frozen=True)
class HeldSession:
    """A session that counts until `until`; its subject is only known on the cluster that decided it."""

    request: RequestId
    authors: frozenset[str]
    """Whose it is; several names where it is not known which of them it was."""
    sources: frozenset[str]
    """`escalation/NAME`; likewise."""
    until: datetime
    subject: str = ""


@dataclass(frozen=True)
class Sessions:
    """Every session that landed before a request, as far as its end is not long past."""

    held: tuple[HeldSession, ...] = ()
    unknown: tuple[RequestId, ...] = ()
    """Landed before it too; whose they are, or whether they are granted, can't be found out now."""
