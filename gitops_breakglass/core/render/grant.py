"""What a grant becomes on its cluster: Roles and bindings of its own, and the upstream resource beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitops_breakglass.core.names import grant_name, record_name
from gitops_breakglass.core.rbac.algebra import to_manifest
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.kube import (
    CLOUDNIMBUS_API,
    DECISION,
    DOMAIN,
    EXPIRES_AT,
    MANAGED_BY,
    MANAGER,
    NAMESPACE,
    RBAC,
    RBAC_GROUP,
    REQUEST,
    TELEKOM_API,
    Manifest,
    ObjectKey,
    key_of,
)
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.window import Window, print_time

PATH = f"{DOMAIN}/path"
"""Annotation: the file that asked for it."""


def render_window(
    statement: Statement, window: Window, scopes: Sequence[ScopedRules], digest: str
) -> tuple[Manifest, ...]:
    """Return the RBAC of one window in the order of its creation: every Role, then every binding."""
    roles: list[Manifest] = []
    bindings: list[Manifest] = []
    if statement.subject is None:
        return ()
    for scope in scopes:
        if not scope.rules:
            continue
        name = grant_name(statement.request, statement.uid, scope.namespace, window.start)
        metadata = metadata_of(statement, window, digest, name, scope.namespace)
        kind = "Role" if scope.namespace else "ClusterRole"
        roles.append({"apiVersion": RBAC, "kind": kind, "metadata": metadata, "rules": to_manifest(scope.rules)})
        bindings.append(
            {
                "apiVersion": RBAC,
                "kind": f"{kind}Binding",
                "metadata": metadata,
                "roleRef": {"apiGroup": RBAC_GROUP, "kind": kind, "name": name},
                "subjects": [_subject(statement.subject)],
            }
        )
    return (*roles, *bindings)


def render_resource(statement: Statement, digest: str) -> Manifest | None:
    """Return the upstream resource to write beside the grant, in the strict dialect and in our namespace."""
    if statement.outcome != "granted" or not statement.windows:
        return None
    api = {"BreakglassSession": TELEKOM_API, "Breakglass": CLOUDNIMBUS_API}[statement.kind]
    window = Window(statement.windows[0].start, max(each.end for each in statement.windows))
    name = record_name(statement.request, statement.uid)
    return {
        "apiVersion": api,
        "kind": statement.kind,
        "metadata": metadata_of(statement, window, digest, name, NAMESPACE),
        "spec": dict(statement.spec),
    }


def inventory_of(statement: Statement, digest: str) -> tuple[ObjectKey, ...]:
    """Return the key of everything that the request may ever make, which its record lists before any of it exists."""
    manifests = [
        each for window in statement.windows for each in render_window(statement, window, statement.scopes, digest)
    ]
    resource = render_resource(statement, digest)
    return tuple(key_of(each) for each in (*manifests, *([resource] if resource else [])))


def metadata_of(statement: Statement, window: Window, digest: str, name: str, namespace: str) -> dict[str, Any]:
    """Return the marks that every object of a grant has."""
    return {
        "name": name,
        **({"namespace": namespace} if namespace else {}),
        "labels": {MANAGED_BY: MANAGER, REQUEST: statement.uid},
        "annotations": {EXPIRES_AT: print_time(window.end), DECISION: digest, PATH: statement.path},
    }


def _subject(subject: Subject) -> dict[str, str]:
    if subject.kind == "ServiceAccount":
        return {"kind": subject.kind, "name": subject.name, "namespace": subject.namespace}
    return {"apiGroup": RBAC_GROUP, "kind": subject.kind, "name": subject.name}
