"""What a grant becomes on its cluster: Roles and bindings of its own, and the upstream resource beside them."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_breakglass.core.debug.marked_objects import session_objects
from gitops_breakglass.core.marks import metadata_of
from gitops_breakglass.core.names import binding_name, grant_name, record_name
from gitops_breakglass.core.rbac.algebra import to_manifest
from gitops_breakglass.model.grant import ScopedRules, Statement
from gitops_breakglass.model.kube import (
    CLOUDNIMBUS_API,
    NAMESPACE,
    RBAC,
    RBAC_GROUP,
    TELEKOM_API,
    Manifest,
    ObjectKey,
    key_of,
)
from gitops_breakglass.model.request import Subject
from gitops_breakglass.model.window import Window


def render_window(
    statement: Statement, window: Window, scopes: Sequence[ScopedRules], digest: str
) -> tuple[Manifest, ...]:
    """Return the RBAC of one window in the order of its creation: every Role, then every binding, one for each person."""
    roles: list[Manifest] = []
    bindings: list[Manifest] = []
    if statement.subject is None:
        return ()
    for scope in scopes:
        if not scope.rules:
            continue
        name = grant_name(statement.request, statement.uid, scope.namespace, window.start)
        metadata = metadata_of(statement, window.end, digest, name, scope.namespace)
        kind = "Role" if scope.namespace else "ClusterRole"
        roles.append({"apiVersion": RBAC, "kind": kind, "metadata": metadata, "rules": to_manifest(scope.rules)})
        people = statement.debug.participants if statement.debug else ()
        # A binding each, so that one person can be dropped.
        others = [
            (each, binding_name(statement.request, statement.uid, scope.namespace, window.start, each))
            for each in people
        ]
        for subject, called in ((statement.subject, name), *others):
            bindings.append(
                {
                    "apiVersion": RBAC,
                    "kind": f"{kind}Binding",
                    "metadata": {**metadata, "name": called},
                    "roleRef": {"apiGroup": RBAC_GROUP, "kind": kind, "name": name},
                    "subjects": [_subject(subject)],
                }
            )
    return (*roles, *bindings)


def render_resource(statement: Statement, digest: str) -> Manifest | None:
    """Return the upstream resource to write beside the grant, in the strict dialect and in our namespace."""
    if statement.outcome != "granted" or not (statement.windows or statement.recurrence):
        return None
    api = {"BreakglassSession": TELEKOM_API, "DebugSession": TELEKOM_API, "Breakglass": CLOUDNIMBUS_API}[statement.kind]
    name = record_name(statement.request, statement.uid)
    return {
        "apiVersion": api,
        "kind": statement.kind,
        "metadata": metadata_of(statement, statement.expires_at, digest, name, NAMESPACE),
        "spec": dict(statement.spec),
    }


def inventory_of(statement: Statement, digest: str) -> tuple[ObjectKey, ...]:
    """Return the key of everything that a decision is known to make, which its record lists before any of it exists.

    Of recurring access that is not what its occurrences make: the record lists those one by one, as they begin.
    """
    manifests = [
        each
        for window in statement.windows
        for each in (
            *session_objects(statement, window, digest).values(),
            *render_window(statement, window, statement.scopes, digest),
        )
    ]
    resource = render_resource(statement, digest)
    return tuple(key_of(each) for each in (*manifests, *([resource] if resource else [])))


def _subject(subject: Subject) -> dict[str, str]:
    if subject.kind == "ServiceAccount":
        return {"kind": subject.kind, "name": subject.name, "namespace": subject.namespace}
    return {"apiGroup": RBAC_GROUP, "kind": subject.kind, "name": subject.name}
