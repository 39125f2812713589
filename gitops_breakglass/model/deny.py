"""Deny policies as values: what they are about, what they forbid, and what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gitops_breakglass.model.finding import Location

PRECEDENCE = 100
"""What upstream takes where a policy sets none; lower comes first."""
POD_SUBRESOURCES = ("exec", "attach", "portforward")
"""The subresources of pods that pod rules look at unless they say otherwise, and the only ones that a pod is read for."""


@dataclass(frozen=True)
class DenyScope:
    """What a policy applies to. Every list that is not empty has to match; with none it is global."""

    clusters: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()


GLOBAL = DenyScope()


class Operator(StrEnum):
    """How an expression compares a label; an operator that is none of these matches nothing."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


@dataclass(frozen=True)
class LabelExpression:
    """One `matchExpressions` entry."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class SelectorTerm:
    """Labels and expressions that must all hold; an empty term holds for any labels that are known."""

    labels: tuple[tuple[str, str], ...] = ()
    expressions: tuple[LabelExpression, ...] = ()


@dataclass(frozen=True)
class NamespaceFilter:
    """Namespaces by glob or by label: any pattern or any term is enough. An empty filter is every namespace and none."""

    patterns: tuple[str, ...] = ()
    terms: tuple[SelectorTerm, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it leaves nothing out."""
        return not self.patterns and not self.terms


ANYWHERE = NamespaceFilter()


@dataclass(frozen=True)
class DenyRule:
    """One entry of `rules`: verbs, groups and resources are exact or `*`; the lists that are empty match anything."""

    verbs: tuple[str, ...]
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    location: Location
    subresources: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    """Globs of Go's `filepath.Match`."""
    namespaces: NamespaceFilter = ANYWHERE
    cluster_wide: bool = False
    """Whether it is only about requests without a namespace: objects of no namespace, and lists over all of them.

    Ours (`scope: Cluster`). For a grant that means: not on the whole cluster at once, but namespace by namespace.
    """


@dataclass(frozen=True)
class ImpersonationRule:
    """One entry of `impersonationRules`; with nothing set it denies all impersonation."""

    location: Location
    identities: tuple[str, ...] = ()
    identity_resources: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    extra_keys: tuple[str, ...] = ()
    action_verbs: tuple[str, ...] = ()
    target_api_groups: tuple[str, ...] = ()
    target_resources: tuple[str, ...] = ()
    namespaces: NamespaceFilter = ANYWHERE
    reason: str = ""


@dataclass(frozen=True)
class RiskFactors:
    """Points for each risk. Of one that a policy does not name, there are none."""

    host_network: int = 0
    host_pid: int = 0
    host_ipc: int = 0
    privileged_container: int = 0
    run_as_root: int = 0
    host_path_writable: int = 0
    host_path_read_only: int = 0
    capabilities: tuple[tuple[str, int], ...] = ()
    """Sorted by name."""


class Action(StrEnum):
    """What a threshold does."""

    ALLOW = "allow"
    WARN = "warn"
    DENY = "deny"


@dataclass(frozen=True)
class Threshold:
    """Up to which score, inclusive, what happens; `reason` is a Go template."""

    max_score: int
    action: Action
    reason: str = ""


_NO_RISK = RiskFactors()


@dataclass(frozen=True)
class PodRules:
    """`podSecurityRules`: which pods may be entered."""

    location: Location
    risk: RiskFactors = _NO_RISK
    thresholds: tuple[Threshold, ...] = ()
    """In the order in which they are listed, which is the order in which they are tried."""
    block_factors: tuple[str, ...] = ()
    subresources: tuple[str, ...] = POD_SUBRESOURCES
    exempt_namespaces: tuple[str, ...] = ()
    exempt_labels: tuple[tuple[str, str], ...] = ()
    """Sorted; all must be there, `labels` of the use cases and `podLabels` of upstream together."""
    fails_open: bool = False


@dataclass(frozen=True)
class DenyPolicy:
    """A `DenyPolicy` document, in either dialect. One that could not be read forbids everything, everywhere."""

    name: str
    location: Location
    scope: DenyScope = GLOBAL
    precedence: int = PRECEDENCE
    rules: tuple[DenyRule, ...] = ()
    impersonation: tuple[ImpersonationRule, ...] = ()
    pods: PodRules | None = None
    ships: bool = False
    """Whether it is one of the policies that come with the product."""
    is_readable: bool = True


@dataclass(frozen=True)
class PodOverride:
    """`podSecurityOverrides` of an escalation that has them enabled."""

    max_allowed_score: int | None = None
    exempt_factors: tuple[str, ...] = ()
    """`capabilities`, as the use cases have it, is read as `capability`."""
    namespaces: tuple[str, ...] = ()
    """Globs of the namespaces where it holds."""
    everywhere: bool = True
    """Whether no scope is set at all; a scope that has only selector terms is nowhere, as upstream has it."""


@dataclass(frozen=True)
class Volume:
    """A volume of a pod, of which only those from the node's file system count."""

    name: str
    is_host_path: bool = False


@dataclass(frozen=True)
class Container:
    """What of a container is scored. `mounts` are (volume's name, read-only)."""

    name: str
    privileged: bool = False
    run_as_user: int | None = None
    capabilities: tuple[str, ...] = ()
    """`capabilities.add`, as written."""
    mounts: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class Pod:
    """What of a pod is scored; `containers` has the ordinary ones, then init, then ephemeral ones."""

    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()


@dataclass(frozen=True)
class Circumstances:
    """Under which a request is made, for the scopes of policies. What is not there is None or empty."""

    cluster: str = ""
    tenant: str | None = None
    session: str = ""
    """The request's name, whatever its kind: that is stricter than upstream for a Breakglass."""
    escalation: str | None = None


@dataclass(frozen=True)
class Ask:
    """One request to an API server, as its authorizer sees it."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    namespace_labels: Mapping[str, str] | None = None
    """None where they are not known."""
    path: str = ""
    """Of a request for no resource, which deny policies are not about."""


class Answer(StrEnum):
    """What policies say of a request."""

    ALLOW = "allow"
    WARN = "warn"
    DENY = "deny"
    NO_MATCH = "no-match"


@dataclass(frozen=True)
class Verdict:
    """The answer, and what led to it: the policy and the place of its rule, the reason told, the pod's score and risks."""

    answer: Answer
    policy: str | None = None
    reason: str | None = None
    score: int | None = None
    factors: tuple[str, ...] = ()
    location: Location | None = None
