"""What a request would grant on one cluster: its source resolved to rules, place by place, as far as they may be granted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gitops_breakglass.core.rbac.algebra import canonical, union
from gitops_breakglass.core.rbac.manifest import describe
from gitops_breakglass.core.rbac.never import Removed, subtract_never
from gitops_breakglass.core.rbac.unexpanded import subtract_unexpanded
from gitops_breakglass.model.decision import Reason
from gitops_breakglass.model.grant import ScopedRules
from gitops_breakglass.model.kube import NAMESPACE
from gitops_breakglass.model.policy import ClusterRole, Escalation, Rbac, RoleBinding
from gitops_breakglass.model.request import BreakglassRequest, NamespaceRules
from gitops_breakglass.model.rules import Discovery

_WHY = "docs/never-granted.md says why"


@dataclass(frozen=True)
class Resolved:
    """What would be granted, a scope for each place in order; `notes` say what differs from the source's own words.

    With `problems` there are no scopes: nothing is granted until they are solved.
    """

    scopes: tuple[ScopedRules, ...]
    notes: tuple[Reason, ...] = ()
    problems: tuple[Reason, ...] = ()
    removed: tuple[Removed, ...] = ()
    """What was taken out because it is never granted; `notes` have it in one sentence."""
    missing: tuple[str, ...] = ()
    """Roles that were found nowhere, as people call them."""


def resolve_session(escalation: Escalation, *, policy: Rbac, cluster: Rbac, discovery: Discovery | None) -> Resolved:
    """Resolve the rights that the escalated group has: by its bindings, else by the ClusterRole of its name.

    Roles and bindings count whether they are on the policy side or on the cluster; of two roles with one name, the
    policy side's counts. Without discovery wildcards stay as they are: that is for telling, never for granting.
    """
    bindings = (*policy.bindings, *cluster.bindings)
    wanted = {_wanted(each) for each in bindings if _binds(each, escalation.group)}
    found = [
        _find(each, policy=policy, cluster=cluster)
        for each in sorted(wanted or {_Wanted("", "ClusterRole", escalation.group)})
    ]
    return _or_else(_merge(found, discovery), _no_rights(escalation))


def resolve_breakglass(
    request: BreakglassRequest, *, policy: Rbac, cluster: Rbac, discovery: Discovery | None
) -> Resolved:
    """Resolve each of `clusterRoles` on the whole cluster and each entry of `policy` in its namespace.

    A role that is not found and an entry that can't hold in a namespace are problems: less than was asked for, without
    a word, is not what was approved.
    """
    found = [_find(each, policy=policy, cluster=cluster) for each in _cluster_wide(request.cluster_roles)]
    missing = [note for each in found if each.scope is None for note in each.notes]
    if problems := (*missing, *(problem for each in request.policy for problem in _entry_problems(each))):
        return Resolved((), problems=problems)
    found += [_Found(ScopedRules(each.namespace, each.rules, "policy")) for each in request.policy]
    return _or_else(_merge(found, discovery), _asks_nothing(request))


def resolve_roles(names: Iterable[str], *, policy: Rbac, cluster: Rbac, discovery: Discovery) -> Resolved:
    """Resolve ClusterRoles on the whole cluster; one that is not found is a note."""
    return _merge([_find(each, policy=policy, cluster=cluster) for each in _cluster_wide(names)], discovery)


@dataclass(frozen=True, order=True)
class _Wanted:
    """A role and the place where it is bound; `kind` is Role or ClusterRole."""

    namespace: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"Role {self.namespace}/{self.name}" if self.kind == "Role" else f"{self.kind} {self.name}"


@dataclass(frozen=True)
class _Found:
    """What was found for a wanted role; without `scope` nothing was."""

    scope: ScopedRules | None
    notes: tuple[Reason, ...] = ()
    missing: str = ""


def _wanted(binding: RoleBinding) -> _Wanted:
    return _Wanted(binding.namespace, binding.role_kind, binding.role_name)


def _binds(binding: RoleBinding, group: str) -> bool:
    return any((each.kind, each.name) == ("Group", group) for each in binding.subjects)


def _cluster_wide(names: Iterable[str]) -> list[_Wanted]:
    return [_Wanted("", "ClusterRole", name) for name in sorted(set(names))]


def _find(wanted: _Wanted, *, policy: Rbac, cluster: Rbac) -> _Found:
    """Look a role up, on the policy side first."""
    ours, theirs = _role(wanted, policy), _role(wanted, cluster)
    role = ours or theirs
    if role is None:
        hint = "add it to the policy side, or make it on the cluster"
        note = Reason("missing-role", f"{wanted} is neither on the policy side nor on the cluster", hint)
        return _Found(None, (note,), str(wanted))
    scope = ScopedRules(wanted.namespace, role.rules, str(wanted))
    if ours and theirs and canonical(ours.rules) != canonical(theirs.rules):
        message = f"{wanted} is not the same on the policy side and on the cluster; the policy side's counts"
        return _Found(scope, (Reason("role-differs", message, "make them the same", ours.location),))
    return _Found(scope)


def _role(wanted: _Wanted, rbac: Rbac) -> ClusterRole | None:
    # A cluster-wide binding to a Role is none: a namespace that is empty would find the ClusterRole of that name.
    if wanted.kind not in {"Role", "ClusterRole"} or (wanted.kind == "Role" and not wanted.namespace):
        return None
    namespace = wanted.namespace if wanted.kind == "Role" else ""
    return next((each for each in rbac.roles if (each.name, each.namespace) == (wanted.name, namespace)), None)


def _merge(found: Iterable[_Found], discovery: Discovery | None) -> Resolved:
    """Merge what was found for one place, and take out what is never granted."""
    found = tuple(found)
    missing = tuple(each.missing for each in found if each.missing)
    places: defaultdict[str, list[ScopedRules]] = defaultdict(list)
    notes: list[Reason] = []
    for each in found:
        notes += each.notes
        if each.scope:
            places[each.scope.namespace].append(each.scope)
    scopes: list[ScopedRules] = []
    removed: dict[Removed, None] = {}
    if places.pop(NAMESPACE, None):
        notes.append(Reason("never-granted", f"nothing is granted in the namespace {NAMESPACE}, which is ours", _WHY))
    for namespace, merged in sorted(places.items()):
        asked = union(*(each.rules for each in merged))
        if namespace:
            # In a namespace a URL gives nothing, and the API server refuses a Role that holds one.
            asked = tuple(each for each in asked if not each.non_resource_urls)
        left = subtract_unexpanded(asked) if discovery is None else subtract_never(asked, discovery)
        removed |= dict.fromkeys(left.removed)
        if left.rules:
            scopes.append(ScopedRules(namespace, left.rules, ", ".join(dict.fromkeys(each.source for each in merged))))
    if removed:
        told = dict.fromkeys(each.rule_text for each in removed)
        many = "1 right is" if len(told) == 1 else f"{len(told)} rights are"
        notes.append(Reason("never-granted", f"{many} never granted: {'; '.join(told)}", _WHY))
    return Resolved(tuple(scopes), tuple(notes), removed=tuple(removed), missing=missing)


def _or_else(resolved: Resolved, nothing: Reason) -> Resolved:
    """Make it a problem where nothing is left to grant."""
    return resolved if resolved.scopes else replace(resolved, problems=(nothing,))


def _no_rights(escalation: Escalation) -> Reason:
    return Reason(
        "nothing-to-grant",
        f"group {escalation.group} of escalation {escalation.name} has no rights on this cluster that can be granted",
        f"bind it to a role on the policy side, or add a ClusterRole named {escalation.group}",
        escalation.location,
    )


def _asks_nothing(request: BreakglassRequest) -> Reason:
    hint = "name cluster roles, or rules in a namespace, that hold rights"
    return Reason("nothing-to-grant", f"{request.id} asks for no rights that can be granted", hint)


def _entry_problems(entry: NamespaceRules) -> Iterator[Reason]:
    """Say why rules can't hold in the namespace of their entry."""
    if not entry.namespace:
        # An empty namespace would be the whole cluster.
        yield Reason("namespace-missing", "an entry of policy names no namespace", "add the namespace")
    if entry.namespace == NAMESPACE:
        message = f"nothing is granted in the namespace {NAMESPACE}: what ends access, and may hold its key, is there"
        yield Reason("never-granted", message, _WHY)
    if urls := [describe(each) for each in entry.rules if each.non_resource_urls]:
        yield Reason(
            "url-in-namespace",
            f"the rules for namespace {entry.namespace} name URLs, which are in no namespace: {'; '.join(urls)}",
            "ask for a cluster role that holds them",
        )
