"""Debug session templates and what narrows them: what the organisation offers for debugging."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from gitops_breakglass.model.audience import Audience
from gitops_breakglass.model.debug_grant import PodOperations
from gitops_breakglass.model.deny import NamespaceFilter
from gitops_breakglass.model.document import Document, Node

DEFAULT_NAMESPACE = "breakglass-debug"
"""Where sessions are whose template says nothing; upstream's default."""


class Mode(StrEnum):
    """What sessions of a template are: pods of their own, operations on what is there, or both."""

    WORKLOAD = "workload"
    KUBECTL_DEBUG = "kubectl-debug"
    HYBRID = "hybrid"


@dataclass(frozen=True)
class ReasonRule:
    """What a reason has to be like; lengths are in characters, without blanks around."""

    mandatory: bool = False
    min_length: int = 0
    max_length: int | None = None


@dataclass(frozen=True)
class AutoApproval:
    """Where, or for whom, nobody has to approve: globs of clusters, and exact names of groups."""

    clusters: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Restriction:
    """Who alone may ask for something, of those who may ask at all; `what` is that, as the subject of a sentence."""

    audience: Audience
    what: str


@dataclass(frozen=True)
class SourceLimit:
    """The most sessions at a time that come of one source: `debug-template/NAME` or `debug-binding/NAMESPACE/NAME`."""

    most: int
    source: str
    is_personal: bool
    """Whether those of one person are counted; else everybody's."""


@dataclass(frozen=True)
class NamespaceChoice:
    """Where the pods of a session may be."""

    default: str = DEFAULT_NAMESPACE
    may_choose: bool = False
    allowed: tuple[NamespaceFilter, ...] = ()
    """Each of them has the namespace; where there is none, it is the default one."""
    denied: tuple[NamespaceFilter, ...] = ()
    """And in none of these."""
    create: bool = False
    """Whether it is made where it is missing."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What it then carries."""


@dataclass(frozen=True)
class DebugPodTemplate:
    """A `DebugPodTemplate`; `spec` is as it was written, in either dialect."""

    name: str
    document: Document
    spec: Mapping[str, Node]


@dataclass(frozen=True)
class DebugTemplate:
    """A `DebugSessionTemplate`; `spec` is as it was written, in either dialect."""

    name: str
    document: Document
    spec: Mapping[str, Node]
    mode: Mode
    pod: str = ""
    """The DebugPodTemplate that it names."""


@dataclass(frozen=True)
class DebugBinding:
    """A `DebugSessionClusterBinding`; `spec` is as it was written."""

    namespace: str
    name: str
    document: Document
    spec: Mapping[str, Node]


@dataclass(frozen=True)
class DebugSide:
    """The debug kinds of a policy side, by name; bindings in the order of namespace and name."""

    templates: Mapping[str, DebugTemplate] = field(default_factory=dict)
    bindings: tuple[DebugBinding, ...] = ()
    pods: Mapping[str, DebugPodTemplate] = field(default_factory=dict)


@dataclass(frozen=True)
class DebugOffer:
    """What one request's template offers on its cluster, once its binding has narrowed it: the stricter of both in all."""

    template: DebugTemplate
    binding: DebugBinding | None
    pod: DebugPodTemplate | None
    """What `podTemplateRef` names; None where the template has the pod itself, or none."""
    allowed: tuple[Audience, ...]
    """Who may ask is named by each of them, without globs."""
    approvers: Audience
    auto_approval: tuple[AutoApproval, ...]
    """Nobody has to approve where each of them says so; empty where somebody has to."""
    request_reason: ReasonRule
    approval_reason: ReasonRule
    max_duration: timedelta
    default_duration: timedelta
    operations: PodOperations
    namespaces: NamespaceChoice
    scheduling: tuple[Mapping[str, Node], ...] = ()
    """SchedulingConstraints that all hold: the template's, the binding's, and those of the option that was chosen."""
    auxiliary: tuple[str, ...] = ()
    """Names of the auxiliary resources that are made, in the template's order."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    limits: tuple[SourceLimit, ...] = ()
    restricted: tuple[Restriction, ...] = ()
    """Who may ask for what this request chooses is named by each of these too."""

    @property
    def source(self) -> str:
        """What a decision calls it: `debug-template/NAME`, or `debug-template/NAME@NAMESPACE/BINDING`."""
        by = f"@{self.binding.namespace}/{self.binding.name}" if self.binding else ""
        return f"debug-template/{self.template.name}{by}"
