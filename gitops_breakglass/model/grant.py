"""Grants and the records that prove them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from gitops_breakglass.model.debug_grant import DebugGrant
from gitops_breakglass.model.debug_state import NO_SESSION, SessionState
from gitops_breakglass.model.kube import LiveObject, ObjectKey
from gitops_breakglass.model.notice import Told
from gitops_breakglass.model.recurrence import Recurrence
from gitops_breakglass.model.request import RequestId, Subject
from gitops_breakglass.model.rules import Rules
from gitops_breakglass.model.use import NO_USE, Use
from gitops_breakglass.model.window import Window


@dataclass(frozen=True)
class ScopedRules:
    """What is granted in one place: a namespace, or with an empty `namespace` the whole cluster. `source` says whence."""

    namespace: str
    rules: Rules
    source: str


@dataclass(frozen=True)
class Statement:
    """What a reconciler signs about one request, once. Everything that a later run needs is in here."""

    repository: str
    cluster: str
    cluster_uid: str
    request: RequestId
    kind: str
    uid: str
    """SHA-256 over repository, path and landing commit, cut to 32 hex digits: the request's uid."""
    path: str
    blob: str
    landing: str
    decided_at: datetime
    outcome: Literal["granted", "denied"]
    subject: Subject | None = None
    windows: tuple[Window, ...] = ()
    """Of one-time access; recurring access has a recurrence instead."""
    recurrence: Recurrence | None = None
    scopes: tuple[ScopedRules, ...] = ()
    evidence: Mapping[str, object] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    spec: Mapping[str, object] = field(default_factory=dict)
    """The spec of the upstream resource to write beside it, in the strict dialect."""
    debug: DebugGrant | None = None
    """Of a debug session: what it makes, and for whom beside the subject."""
    previous: str = ""
    """The digest of the decision signed before this one for the cluster: the ledger's chain."""

    @property
    def expires_at(self) -> datetime | None:
        """When its last window has ended; None where there is none, or nothing says when the last one is."""
        if self.recurrence is not None:
            return self.recurrence.ends_by
        return max((window.end for window in self.windows), default=None)

    @property
    def approvals(self) -> tuple[Mapping[str, Any], ...]:
        """The approvals of its evidence: each has `person`, `approvedAt` and `reason`, as text; none where nobody had to approve."""
        found = self.evidence.get("approvals")
        return tuple(each for each in found if isinstance(each, Mapping)) if isinstance(found, list) else ()


@dataclass(frozen=True)
class Envelope:
    """A signed payload (DSSE): the exact bytes as text, the name of the key, the signature in base64."""

    payload_type: str
    payload: str
    key: str
    signature: str


@dataclass(frozen=True)
class LedgerHead:
    """The last entry of a ledger: its number, counted from 1, and the SHA-256 of its text. Without any it is 0 and empty."""

    sequence: int = 0
    hash: str = ""

    def __str__(self) -> str:
        """`42:9f3a…`, as anchors are written."""
        return f"{self.sequence}:{self.hash}"


@dataclass(frozen=True)
class LedgerMarks:
    """What of a request has its entry in the ledger: only to know what need not be looked for there."""

    decided: int = 0
    """The number of the entry; 0 where there is none yet."""
    granted: frozenset[str] = frozenset()
    """The uids of the objects whose making has its entry."""
    ended: int = 0
    occurrences: frozenset[str] = frozenset()
    """The starts of the occurrences whose end has its entry, of those that the record still lists."""
    injected: frozenset[str] = frozenset()
    """The ephemeral containers whose adding has its entry, as `NAMESPACE/POD/CONTAINER`."""


@dataclass(frozen=True)
class Occurrence:
    """One window of recurring access, as the record lists it before anything of it is made."""

    start: datetime
    end: datetime
    objects: tuple[ObjectKey, ...]
    """The keys of all that it may make."""
    ended_at: datetime | None = None
    """Since when it is over and nothing of it is left."""
    ended_by: str = ""

    def due_at(self, revoked_at: datetime | None) -> datetime | None:
        """Return when one that has ended was due to end; None where it ended before anything but git said so."""
        dues = [due for due in (self.end, revoked_at) if due is not None]
        return min(
            (due for due in dues if self.ended_at is not None and self.start <= due <= self.ended_at), default=None
        )


@dataclass(frozen=True)
class Remake:
    """An object of a grant that somebody edited, so that it is taken away and made anew."""

    key: ObjectKey
    uid: str
    """Of the edited object, until it was made anew; empty afterwards."""
    times: int
    """How often that was so in its window."""


@dataclass(frozen=True)
class Record:
    """A record as it lies on a cluster. `statement` is None where `problem` says why it proves nothing."""

    name: str
    request_uid: str
    envelope: Envelope | None
    statement: Statement | None
    digest: str
    inventory: tuple[ObjectKey, ...]
    uids: Mapping[ObjectKey, str]
    revoked_at: datetime | None
    ended_at: datetime | None
    live: LiveObject
    problem: str | None = None
    ended_why: str = ""
    """What the record says of why it ended; nobody signed that."""
    ended_by: str = ""
    marks: LedgerMarks = LedgerMarks()
    occurrences: tuple[Occurrence, ...] = ()
    """Of recurring access: those whose objects are there, or may be; nobody signed that."""
    session: SessionState = NO_SESSION
    """Of a debug session: how it stands; nobody signed that."""
    told: tuple[Told, ...] = ()
    """What people were told of it, so that nobody is told twice; nobody signed that."""
    use: Use = NO_USE
    """What is known of its use; nobody signed that."""
    remakes: tuple[Remake, ...] = ()
    """What of it was edited and is made anew; nobody signed that."""

    @property
    def is_idle(self) -> bool:
        """Whether it was revoked because nobody used it."""
        idle_at = self.use.idle_at
        return self.revoked_at is not None and idle_at is not None and idle_at <= self.revoked_at


@dataclass(frozen=True)
class Checkpoint:
    """What a run has to remember of one repository on one cluster; signed like a decision."""

    repository: str
    cluster_uid: str
    commit: str
    """The default branch's tip at the last reconcile."""
    policy: str
    """The newest policy commit that was proved."""
    root: str = ""
    """The policy commit that the trust root pinned then: where it pins another one now, an administrator began anew."""
    sights: Mapping[str, datetime] = field(default_factory=dict)
    """First sights, the only times that a forge without a clock has: `branch NAME COMMIT`, `tag NAME OBJECT`, `merge COMMIT`."""
    undecided: tuple[str, ...] = ()
    """uids of merged requests that a run has seen and could not decide yet."""
    ledger: str = ""
    """The digest of the last signed decision."""
    head: LedgerHead = LedgerHead()
    """An entry of the ledger up to which every entry is marked in its record; later ones may follow it."""


@dataclass(frozen=True)
class TrustRoot:
    """What an administrator pinned at `install`: whose word counts on this cluster."""

    repository: str
    policy: str
    keys: tuple[str, ...]
    """Public keys of reconcilers, `ssh-ed25519 AAAA…`."""
    cluster_uid: str
    cluster: str = ""
    """The cluster's name: what is asked for under another one is not for this cluster."""
