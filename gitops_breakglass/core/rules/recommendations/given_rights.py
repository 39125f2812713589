"""What an escalation gives by the policy side, and where it would hurt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from gitops_breakglass.core.escalations import applies_to
from gitops_breakglass.core.read.reading import Reading
from gitops_breakglass.core.rules.rule import PolicyFacts
from gitops_breakglass.model.document import Document
from gitops_breakglass.model.policy import Escalation, Rbac
from gitops_breakglass.model.rules import ALL, PolicyRule, Rules

EVERYTHING: Rules = (PolicyRule((ALL,), (ALL,), (ALL,)),)
"""What the role `cluster-admin` of every cluster holds."""
ENTER = frozenset({"create", "get"})
INTO_PODS = frozenset({"pods/attach", "pods/exec", "*/attach", "*/exec"})
"""By which resources, and `ENTER` by which verbs, people get into pods."""
_PRODUCTION = ("live", "prod", "production")


def rights_of(rbac: Rbac) -> Callable[[str], Rules]:
    """Return what tells the rules that a group has by the policy side, in whatever namespace.

    They are found as they are granted: by the group's bindings, and without any by the ClusterRole of its name. Roles
    that only a cluster has are not known, but for `cluster-admin`.
    """
    known = {(role.name, role.namespace): role.rules for role in rbac.roles}
    known.setdefault(("cluster-admin", ""), EVERYTHING)
    bound: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for binding in rbac.bindings:
        namespace = binding.namespace if binding.role_kind == "Role" else ""
        for subject in binding.subjects:
            if subject.kind == "Group":
                bound[subject.name].add((binding.role_name, namespace))

    def of_group(group: str) -> Rules:
        wanted = bound.get(group) or {(group, "")}
        return tuple(rule for key in sorted(wanted) for rule in known.get(key, ()))

    return of_group


def allow(rules: Rules, verbs: frozenset[str], group: str, resources: frozenset[str]) -> bool:
    """Whether one of the rules holds one of the verbs on one of the resources of an API group, names left aside."""
    return any(
        _meets(rule.verbs, verbs) and _meets(rule.api_groups, frozenset({group})) and _meets(rule.resources, resources)
        for rule in rules
    )


def _meets(words: tuple[str, ...], wanted: frozenset[str]) -> bool:
    return ALL in words or not wanted.isdisjoint(words)


def production(facts: PolicyFacts) -> frozenset[str]:
    """Return the names of the production clusters: by their environment, or where none is given, by their name."""
    found = set()
    for document in facts.of_kind("ClusterConfig"):
        environment = Reading(document).text("spec", "environment")
        words = (environment or document.name).casefold().split("-")
        if any(word in _PRODUCTION for word in words):
            found.add(document.name)
    return frozenset(found & facts.policy.clusters.keys())


def on_production(facts: PolicyFacts) -> Iterator[tuple[Document, Escalation]]:
    """Go through the escalations that are offered on a production cluster."""
    clusters = production(facts)
    for document, escalation in facts.escalations():
        if any(applies_to(escalation, name) for name in clusters):
            yield document, escalation


def serves_automation(escalation: Escalation, facts: PolicyFacts) -> bool:
    """Whether automation asks for itself: its approvers are named one by one, are requesters, and need nobody else."""
    if escalation.block_self_approval is not False or escalation.approvers.groups or escalation.approvers.is_empty:
        return False
    approvers = facts.people_of(escalation.approvers)
    return bool(approvers) and approvers <= facts.people_of(escalation.allowed) | facts.perhaps_of(escalation.allowed)


def reaches(policy: Document, escalation: Escalation, clusters: Iterable[str]) -> bool:
    """Whether a deny policy may apply to whatever is requested of the escalation on one of the clusters.

    Tenants are left aside. One that is about single sessions does not protect anything beyond them.
    """
    reading = Reading(policy)
    names = reading.texts("spec", "appliesTo", "clusters")
    refs = reading.texts("spec", "appliesTo", "escalationRefs")
    sessions = reading.texts("spec", "appliesTo", "sessions")
    there = [name for name in clusters if applies_to(escalation, name)]
    return (
        (not names or ALL in names or not set(names).isdisjoint(there))
        and (not refs or ALL in refs or escalation.name in refs)
        and (not sessions or ALL in sessions)
    )
