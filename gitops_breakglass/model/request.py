"""Requests: what a file under `requests/` asks for, in one model for both API groups and both dialects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from gitops_breakglass.model.document import Document
from gitops_breakglass.model.rules import Rules


@dataclass(frozen=True, order=True)
class RequestId:
    """What people call a request: `<cluster>/<name>`."""

    cluster: str
    name: str

    def __str__(self) -> str:
        """`cluster/name`."""
        return f"{self.cluster}/{self.name}"

    @property
    def path(self) -> str:
        """The file that it is in."""
        return f"requests/{self.cluster}/{self.name}.yaml"


@dataclass(frozen=True, order=True)
class Subject:
    """An RBAC subject; `kind` is User, Group or ServiceAccount."""

    kind: str
    name: str
    namespace: str = ""


@dataclass(frozen=True)
class SessionRequest:
    """A `BreakglassSession` file: one escalation's rights for its author.

    It names the escalation by `escalation` or by the `granted_group` that it gives; `user` is the author unless given.
    """

    id: RequestId
    document: Document
    granted_group: str | None = None
    escalation: str | None = None
    user: str | None = None
    duration: timedelta | None = None
    """What the requester asks for; None is the escalation's own maximum."""
    scheduled_start: datetime | None = None
    reason: str = ""
    identity_provider: str | None = None
    """The one by which the requester signs in, where the file says so; `issuer` likewise."""
    issuer: str | None = None
    retain_for: timedelta | None = None
    """How long the resource that is written beside the record stays after the session's end."""
    deny_refs: tuple[str, ...] = ()
    """Names of deny policies that hold for it beside the escalation's, whatever those apply to."""


@dataclass(frozen=True)
class NamespaceRules:
    """One entry of a Breakglass's `policy`: rules in a namespace."""

    namespace: str
    rules: Rules


@dataclass(frozen=True)
class Schedule:
    """When a Breakglass's access holds; `cron` makes it recurring."""

    duration: timedelta | None
    start: datetime | None = None
    end: datetime | None = None
    cron: str | None = None
    location: str | None = None
    max_activations: int | None = None

    @property
    def is_recurring(self) -> bool:
        """Whether it has more than one window."""
        return self.cron is not None


@dataclass(frozen=True)
class BreakglassRequest:
    """A `Breakglass` file: cluster roles and rules of its own choice, within one of the repository's offers."""

    id: RequestId
    document: Document
    schedule: Schedule
    cluster_roles: tuple[str, ...] = ()
    policy: tuple[NamespaceRules, ...] = ()
    subjects: tuple[Subject, ...] = ()
    approval_required: bool = True
    approvers: tuple[str, ...] = ()
    """E-mail addresses; empty means whoever the offer names."""
    justification: str = ""
    ticket: str = ""


@dataclass(frozen=True)
class DebugRequest:
    """A `DebugSession` file: a session by one of the debug session templates. It is read, and can't be granted yet."""

    id: RequestId
    document: Document
    template: str
    user: str | None = None
    duration: timedelta | None = None
    reason: str = ""


Request: TypeAlias = SessionRequest | BreakglassRequest
AnyRequest: TypeAlias = Request | DebugRequest
"""What a request file may be; only a `Request` can come to a grant."""
