"""Requests: what a file under `requests/` asks for, in one model for both API groups and both dialects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from gitops_breakglass.model.document import Document, Node
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

    @property
    def username(self) -> str:
        """What the API server calls it in its log and in reviews; a group has no such name, and this is its own."""
        return account_username(self.namespace, self.name) if self.kind == "ServiceAccount" else self.name


def account_username(namespace: str, name: str) -> str:
    """Return the username of a ServiceAccount."""
    return f"system:serviceaccount:{namespace}:{name}"


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
class EphemeralContainer:
    """An operation: a container to be added to a pod that runs. It stays in the pod until the pod goes."""

    namespace: str
    pod: str
    image: str
    target: str = ""
    """The container whose processes it is to see; empty where it need not."""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    """Linux capabilities to add, without `CAP_`."""
    privileged: bool = False
    run_as_user: int | None = None
    run_as_non_root: bool | None = None
    """None where the file does not say: then it is what the template asks for."""


@dataclass(frozen=True)
class PodCopy:
    """An operation: a copy of a pod, that nothing routes to, to be taken apart."""

    namespace: str
    pod: str
    image: str = ""
    """Of a container to be added to the copy; empty for none."""
    command: tuple[str, ...] = ()
    """Of that container."""
    ttl: timedelta | None = None
    """How long the copy is there, from the window's start; None is the template's own."""
    keep_token: bool = False
    """Whether the copy keeps its service account and that one's token."""
    keep_secrets: bool = False
    """Whether the copy keeps what it has of Secrets: volumes and environment."""


@dataclass(frozen=True)
class NodeDebug:
    """An operation: a pod on a node that sees the node's file system and, as the template says, its namespaces."""

    node: str
    image: str = ""
    """Empty for the first image of the template that is one."""


Operation: TypeAlias = EphemeralContainer | PodCopy | NodeDebug


@dataclass(frozen=True)
class DebugRequest:
    """A `DebugSession` file: a session by one of the debug session templates."""

    id: RequestId
    document: Document
    template: str
    binding: tuple[str, str] | None = None
    """Namespace and name of the binding that the file names."""
    user: str | None = None
    duration: timedelta | None = None
    """What the requester asks for; None is the template's default."""
    reason: str = ""
    target_namespace: str = ""
    """Where the pods are to be; empty for the template's default."""
    node_selector: Mapping[str, str] = field(default_factory=dict)
    scheduling_option: str = ""
    auxiliary: tuple[str, ...] = ()
    """Names of the template's auxiliary resources to be made beside the others."""
    values: Mapping[str, Node] = field(default_factory=dict)
    """Values for the template's variables, as they are written."""
    participants: tuple[str, ...] = ()
    """Who else gets the session: usernames or e-mail addresses, as the file has them."""
    operations: tuple[Operation, ...] = ()
    """What is to be done once when the session begins, in the order of the file; `spec.operations[i]` is the i-th."""


Request: TypeAlias = SessionRequest | BreakglassRequest | DebugRequest
"""What a request file may be."""
