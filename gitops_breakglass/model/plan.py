"""Plans: what a run would do to one cluster, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from gitops_breakglass.model.decision import Decision
from gitops_breakglass.model.enforcement import Enforcement
from gitops_breakglass.model.finding import Finding
from gitops_breakglass.model.grant import Checkpoint, Occurrence, Record, Statement, TrustRoot
from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey
from gitops_breakglass.model.policy import Configuration, PolicySide
from gitops_breakglass.model.request import RequestId

FILE_DELETED = "its file was deleted"
"""Why a request is over whose file is not on the default branch any more."""

LAST_WINDOW_OVER = "its last window ended"
"""Why a recurring request is over that nobody ended before its time."""


@dataclass(frozen=True)
class Begin:
    """List occurrences of recurring access in their record, before anything of them is made."""

    key: ObjectKey
    """The record's."""
    live: LiveObject | None
    """The record; None where this run makes it."""
    occurrences: tuple[Occurrence, ...]
    request: str


@dataclass(frozen=True)
class Create:
    """Make this object; it must not be there."""

    key: ObjectKey
    manifest: Manifest
    request: str
    """The uid of the request that it is for."""
    why: str


@dataclass(frozen=True)
class Inject:
    """Add an ephemeral container of a debug session to a pod, which must still be the one that was seen."""

    pod: LiveObject
    container: Manifest
    request: str
    why: str


@dataclass(frozen=True)
class Shrink:
    """Take rules out of a Role of ours."""

    live: LiveObject
    manifest: Manifest
    request: str
    why: str


@dataclass(frozen=True)
class Refresh:
    """Put in the place of an object of ours what follows from the deny policies and the live objects now.

    That is the guard's parameters of a grant, or a Role whose names are enumerated. It never gives more than was decided.
    """

    live: LiveObject
    manifest: Manifest
    request: str
    why: str


@dataclass(frozen=True)
class Delete:
    """End this object of ours, which must still be the one that was seen."""

    live: LiveObject
    request: str
    why: str
    while_granted: bool = False
    """Whether it goes although its grant goes on: what no deny policy needs any more."""
    anew: Manifest | None = None
    """What is made in its place, since somebody edited it while its window is open."""


@dataclass(frozen=True)
class KnownEnd:
    """The moment from which an object of a grant has to be gone."""

    at: datetime
    delete: Delete


@dataclass(frozen=True)
class UpdateStatus:
    """Write the status of a record or of the upstream resource beside it."""

    key: ObjectKey
    manifest: Manifest
    request: str
    why: str


@dataclass(frozen=True)
class Keep:
    """This object is as it should be."""

    key: ObjectKey
    request: str


@dataclass(frozen=True)
class Conflict:
    """This object is not ours, or not as we left it; it is reported and not touched."""

    key: ObjectKey
    request: str
    why: str


Action: TypeAlias = Begin | Create | Inject | Shrink | Refresh | Delete | UpdateStatus | Keep | Conflict


@dataclass(frozen=True)
class Judged:
    """What became of one merged request in this run."""

    request: RequestId
    uid: str
    decision: Decision
    change: str = ""
    """The change's name at the forge; empty where it could not be read."""


@dataclass(frozen=True)
class ClusterPlan:
    """Everything that a run would do to one cluster: ends first, then decisions, then creations in their order."""

    cluster: str
    at: datetime
    """The cluster's own time that everything in it was judged at."""
    ends: tuple[Delete, ...] = ()
    shrinks: tuple[Shrink, ...] = ()
    decisions: tuple[Statement, ...] = ()
    """What is to be signed and recorded before anything of it is made."""
    begins: tuple[Begin, ...] = ()
    """Occurrences to be listed in their records before anything of them is made."""
    guards: tuple[Create | Refresh, ...] = ()
    """Parameters of the guard, to be in force before a Role of their request is made or changed."""
    creations: tuple[Create, ...] = ()
    injections: tuple[Inject, ...] = ()
    """What of debug sessions is done to pods that are not ours, after their own objects are there."""
    refreshes: tuple[Refresh, ...] = ()
    """What changes last: Roles whose names follow live objects, and parameters that say less than before."""
    keeps: tuple[Keep, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    judged: tuple[Judged, ...] = ()
    records: tuple[Record, ...] = ()
    findings: tuple[Finding, ...] = ()
    checkpoint: Checkpoint | None = None
    trust: TrustRoot | None = None
    in_force: Configuration | None = None
    """The configuration of the policy side that is in force, which the default branch's may not be."""
    side: PolicySide | None = None
    """The whole policy side that is in force: by it people are told of grants."""
    held: tuple[str, ...] = ()
    """What the brakes say; where there is any, nothing is decided and nothing created."""
    over: Mapping[str, str] = field(default_factory=dict)
    """The uids of requests that have ended for good, before their time or not, and why."""
    enforcement: Mapping[str, tuple[Enforcement, ...]] = field(default_factory=dict)
    """How each deny policy that concerns a grant is enforced, by the uid of its request."""
    unknown: tuple[str, ...] = ()
    """What could not be found out, so that nothing was decided on it."""

    @property
    def is_empty(self) -> bool:
        """Whether applying it would change nothing."""
        changes = (
            self.shrinks,
            self.decisions,
            self.begins,
            self.guards,
            self.creations,
            self.injections,
            self.refreshes,
        )
        return not self.ends and not any(changes)
