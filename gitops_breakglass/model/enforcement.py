"""How deny policies are enforced for one grant: what is taken from its Roles, what the guard refuses, and what is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.deny import ANYWHERE, NamespaceFilter, Pod
from gitops_breakglass.model.finding import Location
from gitops_breakglass.model.grant import ScopedRules

MARKER_GROUP = "guard.gitops-breakglass.dev"
"""The API group of rights that give nothing: a Role holds them so that the guard knows what it is held to."""
MARKER_RESOURCE = "podrules"
MARKER_VERB = "hold"
SESSION_MARKER = "session"
"""The name that every marker of a debug session's Role has: by it the guard knows whom it gives containers of its own, which the
marker names too."""
MARKER_ANY = "any"
"""The name that every marker has beside the digests of the pod rules that the grant is held to."""


UNGUARDED_KINDS = frozenset(
    {("", "events"), ("", "nodes/status"), ("coordination.k8s.io", "leases"), ("events.k8s.io", "events")}
)
"""Groups and resources that the guard of calls leaves alone: while an API server that has just started does not know its
parameters yet, it refuses whatever it matches, and a cluster must go on beating meanwhile."""


EVERYWHERE = "*"
"""Among the namespaces of `Needs.pods`: all of them."""


class Means(StrEnum):
    """By what a deny is enforced, strongest first."""

    SUBTRACTED = "subtracted"
    """The grant's Roles do not hold the right."""
    GUARDED = "guarded"
    """The API server's admission refuses the call, by what is there at that moment."""
    ENUMERATED = "enumerated"
    """Only objects are named that were found allowed when a run looked: a name that is used again is not seen at once."""
    REFUSED = "refused"
    """It can't be enforced, so nothing is granted."""


@dataclass(frozen=True, order=True)
class Enforcement:
    """One policy and one means for one grant; `what` says in words what it keeps away."""

    policy: str
    means: Means
    what: str
    exact: bool = True
    """Whether nothing more is kept away than what the policy denies."""


@dataclass(frozen=True)
class GuardRule:
    """What admission refuses to a grant's subject: calls that the grant gives and that a policy denies.

    The lists are exact words; `*` does not occur in verbs, groups, resources and subresources, and "" is the main
    resource. `places` are the namespaces that the grant holds in, empty for everywhere. `names` and `namespaces` are
    the policy's globs and selectors; empty is any. `except_names` are names that are let through all the same, as
    `namespace/name`: pods that were found allowed where the live pod can't be looked at.
    """

    policy: str
    verbs: tuple[str, ...]
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    subresources: tuple[str, ...]
    places: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    namespaces: NamespaceFilter = ANYWHERE
    except_names: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class InstalledGuard:
    """What of the guard is in force on a cluster. Without `rules` nothing can be guarded there."""

    rules: bool = False
    """Whether calls can be refused by parameters."""
    pod_rules: frozenset[str] = frozenset()
    """Digests of the pod rules that were installed."""
    uncovered: frozenset[str] = frozenset()
    """Namespaces in which live pods are not looked at, since there are too many of them."""
    blind_groups: frozenset[str] = frozenset()
    """API groups that another server serves behind this one: its admission sees nothing of them."""


NO_GUARD = InstalledGuard()


@dataclass(frozen=True)
class Needs:
    """The facts of a cluster that compiling takes, beside what it serves."""

    namespaces: bool = False
    pods: frozenset[str] = frozenset()
    """Namespaces whose pods have to be known; `*` is all of them."""
    names: frozenset[tuple[str, str, str]] = frozenset()
    """(group, resource, namespace) whose objects' names have to be known; an empty namespace is all of them."""


@dataclass(frozen=True)
class DenyFacts:
    """What a cluster holds, as far as it was asked for; what could not be read is None, or a message in its place."""

    guard: InstalledGuard = NO_GUARD
    namespaces: Mapping[str, Mapping[str, str]] | None = None
    """Labels by namespace."""
    pods: Mapping[str, tuple[Pod, ...]] | None = None
    """By namespace."""
    names: Mapping[tuple[str, str, str], tuple[tuple[str, str], ...] | str] = field(default_factory=dict)
    """By what `Needs.names` asks: (namespace, name) of each object, or why they can't be known."""


@dataclass(frozen=True)
class Compiled:
    """What is left of a grant, and how every policy that concerns it is enforced.

    `kept` is what may be signed: the grant without what is subtracted. `rendered` is what its Roles hold now: that, with
    names enumerated and with markers. With `problems` nothing is granted.
    """

    kept: tuple[ScopedRules, ...]
    rendered: tuple[ScopedRules, ...]
    guard: tuple[GuardRule, ...] = ()
    enforcement: tuple[Enforcement, ...] = ()
    problems: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    """What the policies' author should know: a list that shows what a name-scoped deny hides, say."""
    enumerated: tuple[ScopedRules, ...] = ()
    """What of `rendered` follows live objects and may grow from run to run; it is within `kept` but for markers."""
    locations: Mapping[str, Location] = field(default_factory=dict)
    """Where each policy is."""
