"""Residue: what was made or changed while access held, and is still on the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gitops_breakglass.model.kube import ObjectKey


class Certainty(StrEnum):
    """How sure it is that somebody's access led to something."""

    CERTAIN = "certain"
    """The audit log names the subject, or the binding of the grant."""
    LIKELY = "likely"
    """The object's own marks fit: the time, the program, what the grant allowed, and that nobody else is bound to do it."""
    POSSIBLE = "possible"
    """It came to be, or was changed, in that time; it may have been anybody."""


class Sort(StrEnum):
    """What kind of thing was left, the most dangerous first."""

    RBAC = "rbac"
    TOKENS = "service-account-tokens"
    CERTIFICATES = "certificate-requests"
    ADMISSION = "admission"
    API = "api"
    WORKLOADS = "workloads"
    OTHER = "other"


class Deed(StrEnum):
    """What was done to it."""

    MADE = "made"
    CHANGED = "changed"


@dataclass(frozen=True, order=True)
class Trace:
    """One entry of an object's `managedFields`: which program set fields that it still has, and when it did so last."""

    at: datetime
    program: str
    """The field manager: a name that whoever calls may choose."""
    subresource: str = ""


@dataclass(frozen=True)
class Met:
    """An object as its metadata tells of it; nothing else of it was read."""

    key: ObjectKey
    resource: str
    """The plural that rules have."""
    uid: str
    created: datetime | None
    traces: tuple[Trace, ...] = ()
    owner: str = ""
    """`ReplicaSet web-1`, where it says that a controller made it; whoever makes an object can write that, too."""
    token_of: str | None = None
    """Of a Secret that holds a token: the ServiceAccount's name."""

    @property
    def group(self) -> str:
        """The API group; empty for the core's."""
        group, slash, _ = self.key.api_version.rpartition("/")
        return group if slash else ""


def kind_name(group: str, resource: str) -> str:
    """Return a kind as `kubectl` takes it: `secrets`, `deployments.apps`."""
    return f"{resource}.{group}" if group else resource


@dataclass(frozen=True)
class Traces:
    """Everything that an identity may list on a cluster, by metadata alone."""

    met: tuple[Met, ...] = ()
    listed: frozenset[str] = frozenset()
    """Kinds that were listed, as `secrets` or `deployments.apps`."""
    unlisted: Mapping[str, str] = field(default_factory=dict)
    """Kinds that could not be, and why."""


@dataclass(frozen=True)
class Left:
    """Something that is still there. `why` says what the certainty rests on."""

    key: ObjectKey
    sort: Sort
    deed: Deed
    certainty: Certainty
    at: datetime | None
    """When it was made or changed."""
    why: str
    under: str = ""
    """What its own metadata names as the controller that made it."""


@dataclass(frozen=True)
class Residue:
    """What is left of one grant's use, as far as it can be seen."""

    left: tuple[Left, ...] = ()
    accounts: tuple[str, ...] = ()
    """What is bound to ServiceAccounts that the subject made, in sentences."""
    tokens: tuple[str, ...] = ()
    """Tokens that were issued and leave no object, in sentences."""
    gone: int = 0
    """Objects that the subject made, by the audit log, and that are not there any more."""
    unseen: tuple[str, ...] = ()
    """What can't be seen, in sentences."""
