"""Roles and bindings of the policy side, and rules wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_breakglass.core.read.reading import Read, Reading, texts_of
from gitops_breakglass.model.document import Document, Node
from gitops_breakglass.model.finding import Severity
from gitops_breakglass.model.policy import ClusterRole, RoleBinding
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.rules import PolicyRule, Rules


def read_rules(reading: Reading, *path: str | int) -> Rules:
    """Return the rules of the list at `path`, sorted and without doubles."""
    rules = {
        PolicyRule(
            verbs=_once(each, "verbs"),
            api_groups=_once(each, "apiGroups"),
            resources=_once(each, "resources"),
            resource_names=_once(each, "resourceNames"),
            non_resource_urls=_once(each, "nonResourceURLs"),
        )
        for each in reading.entries(*path)
    }
    return tuple(sorted(rules)) if len(rules) > 1 else tuple(rules)


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
    """Read a ClusterRole or Role. One that aggregates others has no rules of its own: they are on the cluster."""
    reading = Reading(document)
    aggregates = reading.has("aggregationRule")
    if aggregates:
        reading.report(
            "aggregated-role",
            f"{document.kind} {document.name} is put together from other roles, which is not resolved here",
            "aggregationRule",
            severity=Severity.WARNING,
            hint="it gives nothing as it stands: write its rules out",
        )
    namespace = _namespace(reading)
    rules = () if aggregates else read_rules(reading, "rules")
    return reading.done(ClusterRole(document.name, rules, namespace, document.at("metadata", "name")))


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
