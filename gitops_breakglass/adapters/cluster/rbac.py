"""RBAC objects in Kubernetes' own form → the model's roles and bindings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gitops_breakglass.model.kube import LiveObject, Manifest
from gitops_breakglass.model.policy import ClusterRole, Rbac, RoleBinding
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.rules import PolicyRule
from gitops_breakglass.model.window import parse_time


def rbac_of(objects: Iterable[LiveObject]) -> Rbac:
    """Return the roles and bindings among these objects, which an API server has validated."""
    found = tuple(objects)
    return Rbac(
        tuple(_role(each) for each in found if each.key.kind in {"Role", "ClusterRole"}),
        tuple(_binding(each) for each in found if each.key.kind in {"RoleBinding", "ClusterRoleBinding"}),
    )


def _role(live: LiveObject) -> ClusterRole:
    rules = tuple(_rule(each) for each in live.manifest.get("rules") or ())
    return ClusterRole(live.key.name, rules, live.key.namespace)


def _rule(rule: Mapping[str, Any]) -> PolicyRule:
    def values(field: str) -> tuple[str, ...]:
        return tuple(sorted(set(rule.get(field) or ())))

    return PolicyRule(
        verbs=values("verbs"),
        api_groups=values("apiGroups"),
        resources=values("resources"),
        resource_names=values("resourceNames"),
        non_resource_urls=values("nonResourceURLs"),
    )


def _binding(live: LiveObject) -> RoleBinding:
    role: Manifest = live.manifest["roleRef"]
    subjects = tuple(
        Subject(each["kind"], each["name"], each.get("namespace") or "") for each in live.manifest.get("subjects") or ()
    )
    return RoleBinding(
        live.key.name,
        role["kind"],
        role["name"],
        subjects,
        live.key.namespace,
        created=parse_time(str(live.manifest["metadata"]["creationTimestamp"])),
        uid=live.uid,
    )
