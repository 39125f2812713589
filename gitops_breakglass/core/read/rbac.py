"""Roles and bindings of the policy side, and rules wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.read.reading import Read, Reading, texts_of, words_of
from gitops_breakglass.core.read.selector import read_term
from gitops_breakglass.model.deny import Operator, SelectorTerm
from gitops_breakglass.model.document import Document, Node
from gitops_breakglass.model.finding import Severity
from gitops_breakglass.model.policy import ClusterRole, RoleBinding
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.rules import PolicyRule, Rules

_OF_VALUES = {Operator.IN, Operator.NOT_IN}


def read_rules(reading: Reading, *path: str | int) -> Rules:
    """Return the rules of the list at `path`, sorted and without doubles."""
    rules = {read_rule(each) for each in reading.entries(*path)}
    return tuple(sorted(rules)) if len(rules) > 1 else tuple(rules)


def read_rule(node: Node) -> PolicyRule:
    """Return one rule of a list, its words sorted and without doubles."""
    return PolicyRule(
        verbs=_once(node, "verbs"),
        api_groups=_once(node, "apiGroups"),
        resources=_once(node, "resources"),
        resource_names=_once(node, "resourceNames"),
        non_resource_urls=_once(node, "nonResourceURLs"),
    )


def read_subjects(reading: Reading, *path: str | int) -> tuple[Subject, ...]:
    """Return the subjects of the list at `path`, in order."""
    return tuple(
        Subject(
            kind=reading.text(*path, index, "kind") or "",
            name=reading.text(*path, index, "name") or "",
            namespace=reading.text(*path, index, "namespace") or "",
        )
        for index in range(reading.count(*path))
    )


def read_role(document: Document) -> Read[ClusterRole]:
    """Read a ClusterRole or Role. What one that aggregates others gives is known once all of them are read."""
    reading = Reading(document)
    aggregates = reading.has("aggregationRule")
    return reading.done(
        ClusterRole(
            document.name,
            # The cluster writes over the rules that stand beside selectors.
            () if aggregates else read_rules(reading, "rules"),
            _namespace(reading),
            document.at("metadata", "name"),
            labels=_labels(reading),
            gathers=_selectors(reading) if aggregates else None,
        )
    )


def read_binding(document: Document) -> Read[RoleBinding]:
    """Read a ClusterRoleBinding or RoleBinding."""
    reading = Reading(document)
    return reading.done(
        RoleBinding(
            name=document.name,
            role_kind=reading.text("roleRef", "kind") or "",
            role_name=reading.text("roleRef", "name") or "",
            subjects=read_subjects(reading, "subjects"),
            namespace=_namespace(reading),
            location=document.at("metadata", "name"),
        )
    )


def _labels(reading: Reading) -> tuple[tuple[str, str], ...]:
    """Return the labels of a ClusterRole; nothing selects a Role of a namespace."""
    if not reading.document.kind.startswith("Cluster"):
        return ()
    return tuple(sorted(words_of(reading.node("metadata", "labels")).items()))


def _selectors(reading: Reading) -> tuple[SelectorTerm, ...]:
    """Return the selectors of an aggregated role; none where one of them is of no use, since no cluster takes it then."""
    path = ("aggregationRule", "clusterRoleSelectors")
    found = tuple(read_term(reading, *path, index) for index in range(reading.count(*path)))
    for index, term in enumerate(found):
        for at, each in enumerate(term.expressions):
            if (each.operator in _OF_VALUES) is not bool(each.values):
                reading.report(
                    "aggregated-role",
                    f"{each.operator} {'needs' if each.operator in _OF_VALUES else 'takes no'} values, so no cluster takes the role",
                    *(*path, index, "matchExpressions", at),
                    severity=Severity.WARNING,
                    hint="until it is repaired the role gives nothing here",
                )
                return ()
    return found


def _namespace(reading: Reading) -> str:
    """Return the namespace of a Role or RoleBinding, which without one would hold for the whole cluster."""
    if reading.document.kind.startswith("Cluster"):
        return ""
    namespace = reading.text("metadata", "namespace") or ""
    if not namespace:
        reading.report(
            "schema",
            f"{reading.document.kind} {reading.document.name} names no namespace",
            "metadata",
            hint="say where it holds, as metadata.namespace; what holds everywhere has a kind that begins with Cluster",
        )
    return namespace


def _once(node: Node, field: str) -> tuple[str, ...]:
    texts = texts_of(node.get(field)) if isinstance(node, Mapping) else ()
    return tuple(sorted(set(texts))) if len(texts) > 1 else texts
