"""The policy side: what the organisation offers, to whom, on which clusters, and who approves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.debug_offer import DebugSide
from gitops_breakglass.model.deny import DenyPolicy, PodOverride, SelectorTerm
from gitops_breakglass.model.finding import Finding, Location, Severity
from gitops_breakglass.model.identity import Identities, Provider
from gitops_breakglass.model.identity_provider import IdentityProvider, SessionLimits
from gitops_breakglass.model.notice import Notifications
from gitops_breakglass.model.request import NamespaceRules, Subject
from gitops_breakglass.model.rules import Rules


@dataclass(frozen=True)
class SignIn:
    """Names of identity providers, each list empty where it restricts nothing."""

    everybody: tuple[str, ...] = ()
    requesters: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Escalation:
    """A `BreakglassEscalation`: the rights of a group, to be had for a while."""

    name: str
    group: str
    clusters: tuple[str, ...]
    """Names or globs of clusters; empty means none."""
    allowed: Audience
    approvers: Audience
    max_valid_for: timedelta
    approval_timeout: timedelta
    block_self_approval: bool | None
    request_reason_mandatory: bool
    approval_reason_mandatory: bool
    location: Location
    approver_domains: tuple[str, ...] = ()
    """Domains of e-mail addresses by which an approver counts; empty leaves it to the cluster."""
    sign_in: SignIn = SignIn()
    session_limits: SessionLimits = field(default_factory=SessionLimits)
    retain_for: timedelta | None = None
    """How long the session's own resource stays after its end."""
    hidden_groups: frozenset[str] = frozenset()
    """Groups whose members are not named as approvers; being hidden gives no right."""
    override: PodOverride | None = None
    """What pod rules leave to this escalation, where it has overrides enabled."""
    override_approvers: Audience | None = None
    """Of whom one has to approve beside the ordinary approval, since pod rules are overridden; None asks for nobody."""
    deny_refs: tuple[str, ...] = ()
    """Names of deny policies that hold for its sessions, whatever those apply to."""
    disable_notifications: bool = False
    notification_exclusions: Audience = field(default_factory=Audience)
    """Who is left out where people are told of its sessions."""
    idle_timeout: timedelta | None = None
    """After how long without use a session of it ends; None is never."""


@dataclass(frozen=True)
class Offer:
    """What may be requested with a `Breakglass` file; a request must fit one offer entirely."""

    name: str
    clusters: tuple[str, ...]
    allowed: Audience
    approvers: Audience
    max_duration: timedelta
    cluster_roles: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    """Names or globs of the namespaces that `policy` entries may be for."""
    rules: Rules = ()
    """What the rules of `policy` entries must be covered by."""
    recurring: bool = False
    approval_optional: bool = False
    """Whether a request may say `approval.required: false`."""
    block_self_approval: bool | None = None
    approval_timeout: timedelta | None = None


@dataclass(frozen=True)
class ClusterRole:
    """A ClusterRole or Role of the policy side or of a cluster; a Role has a namespace."""

    name: str
    rules: Rules
    """Of an aggregated role, what it gathers."""
    namespace: str = ""
    location: Location | None = None
    labels: tuple[tuple[str, str], ...] = ()
    """Sorted; read of ClusterRoles of the policy side only."""
    gathers: tuple[SelectorTerm, ...] | None = None
    """Of an aggregated role of the policy side: which ClusterRoles it takes its rules from; any term is enough."""


@dataclass(frozen=True)
class RoleBinding:
    """A RoleBinding (with a namespace) or ClusterRoleBinding (without)."""

    name: str
    role_kind: str
    role_name: str
    subjects: tuple[Subject, ...]
    namespace: str = ""
    location: Location | None = None
    created: datetime | None = None
    """By the API server's clock; None on the policy side."""
    uid: str = ""
    """On a cluster."""


@dataclass(frozen=True)
class Rbac:
    """Roles and bindings of one source: the policy side, or a cluster as it is now."""

    roles: tuple[ClusterRole, ...] = ()
    bindings: tuple[RoleBinding, ...] = ()


@dataclass(frozen=True)
class ClusterConfig:
    """A `ClusterConfig` document: a cluster that requests may name, and its defaults."""

    name: str
    location: Location
    tenant: str | None = None
    block_self_approval: bool | None = None
    approver_domains: tuple[str, ...] = ()
    """As an escalation's, for those that name none and for offers."""
    identity_providers: tuple[str, ...] = ()
    """The only ones by which anybody may request or approve here; empty is any."""
    labels: tuple[tuple[str, str], ...] = ()
    """Sorted; bindings of debug templates select clusters by them."""


@dataclass(frozen=True)
class KubernetesTarget:
    """A cluster reached through its API server."""

    kubeconfig: str | None = None
    """Path of a kubeconfig file, relative to where the command runs; None with `in_cluster` false is kubectl's default."""
    context: str | None = None
    in_cluster: bool = False


@dataclass(frozen=True)
class ManifestsTarget:
    """A cluster that something else (Flux, Argo CD) applies a folder to."""

    folder: str


Target: TypeAlias = KubernetesTarget | ManifestsTarget


@dataclass(frozen=True)
class AuditLog:
    """Where a cluster's audit events come from: a file, or the API server's webhook at an address; one of the two is empty."""

    file: str = ""
    listen: str = ""
    """`HOST:PORT`."""


@dataclass(frozen=True)
class ClusterAccess:
    """How the reconciler reaches one cluster, and the usernames that reconciler and sweeper have there."""

    name: str
    target: Target
    reconciler: str = "system:serviceaccount:gitops-breakglass:reconciler"
    sweeper: str = "system:serviceaccount:gitops-breakglass:sweeper"
    audit_log: AuditLog | None = None


@dataclass(frozen=True)
class Brakes:
    """Bounds on what one run may newly grant on one cluster; expiry is never held back."""

    max_new_grants: int = 25
    """New grants in one run."""
    max_live_grants: int = 500
    """Grants that may be live at a time, those of the run among them."""
    max_live_grants_per_subject: int = 25
    """The same, of one subject."""


@dataclass(frozen=True)
class Freeze:
    """`freeze.yaml`: nothing new is granted while it is there."""

    clusters: tuple[str, ...] = ()
    """Names or globs of the clusters that it is about; empty means all."""
    reason: str = ""


@dataclass(frozen=True)
class ReconcilerKey:
    """A public key that decisions may be signed with; `text` is `ssh-ed25519 AAAA…`."""

    name: str
    text: str


@dataclass(frozen=True)
class Configuration:
    """`breakglass.yaml` at one commit."""

    provider: Provider
    repository: str
    """The repository's id: the forge's number, or any fixed word with the local forge."""
    policy_approvers: Audience
    reconciler_keys: tuple[ReconcilerKey, ...] = ()
    offers: tuple[Offer, ...] = ()
    clusters: Mapping[str, ClusterAccess] = field(default_factory=dict)
    default_branch: str = "main"
    api_url: str | None = None
    block_self_approval: bool = True
    approval_timeout: timedelta = timedelta(hours=1)
    decision_window: timedelta = timedelta(hours=24)
    min_duration: timedelta = timedelta(seconds=60)
    max_duration: timedelta = timedelta(days=14)
    brakes: Brakes = Brakes()
    idle_without_source: Severity = Severity.WARNING
    """What it is that an idle timeout is set for a cluster without an audit log: a warning or an error."""
    defaults_off: tuple[str, ...] = ()
    """Names of deny policies that ship and do not hold here."""
    notifications: Notifications = field(default_factory=Notifications)


@dataclass(frozen=True)
class PolicySide:
    """Everything but `requests/` at one commit, as far as it could be read. `findings` say what could not."""

    commit: str
    configuration: Configuration
    identities: Identities
    clusters: Mapping[str, ClusterConfig] = field(default_factory=dict)
    escalations: tuple[Escalation, ...] = ()
    identity_providers: Mapping[str, IdentityProvider] = field(default_factory=dict)
    rbac: Rbac = Rbac()
    deny: tuple[DenyPolicy, ...] = ()
    """In the order of their files, which upstream leaves open; those that ship come last."""
    shipped: tuple[DenyPolicy, ...] = ()
    """The deny policies that ship, whether they are on or not."""
    debug: DebugSide = field(default_factory=DebugSide)
    """What debug sessions are made from."""
    freeze: Freeze | None = None
    """The kill switch, where it is there."""
    findings: tuple[Finding, ...] = ()

    known: dict[object, object] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was found out from it already, by what was asked: it never changes, and many requests ask the same."""

    def escalation(self, name: str) -> Escalation | None:
        """Return the escalation of that name."""
        return next((each for each in self.escalations if each.name == name), None)


__all__ = [
    "Audience",
    "AuditLog",
    "Brakes",
    "ClusterAccess",
    "ClusterConfig",
    "ClusterRole",
    "Configuration",
    "DenyPolicy",
    "Escalation",
    "Freeze",
    "IdentityProvider",
    "KubernetesTarget",
    "ManifestsTarget",
    "NamespaceRules",
    "Offer",
    "PodOverride",
    "PolicySide",
    "Rbac",
    "ReconcilerKey",
    "RoleBinding",
    "SessionLimits",
    "SignIn",
    "Target",
]
