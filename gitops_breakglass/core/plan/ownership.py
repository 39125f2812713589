"""What is ours: by label, name and kind together; anything less is somebody else's and is only reported."""

from __future__ import annotations

from gitops_breakglass.model.kube import OUR_GROUP, PREFIX, RBAC_GROUP, REQUEST, LiveObject, ObjectKey

BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})
ROLES = frozenset({"Role", "ClusterRole"})
RESOURCES = frozenset({"BreakglassSession", "Breakglass"})
"""Upstream kinds that are written for people to read; they give no access and outlive the grant, a session by `retainFor`."""


def is_grant_object(live: LiveObject) -> bool:
    """Whether this is RBAC of a grant of ours, which ends with it."""
    return (
        live.is_marked_ours
        and live.key.name.startswith(PREFIX)
        and bool(live.labels.get(REQUEST))
        and live.key.api_version.startswith(f"{RBAC_GROUP}/")
    )


def may_be_grant_object(key: ObjectKey) -> bool:
    """Whether an object of this key can be RBAC of a grant: what a record lists may be anything that somebody wrote."""
    return key.kind in BINDINGS | ROLES and key.api_version.startswith(f"{RBAC_GROUP}/") and key.name.startswith(PREFIX)


def is_record(live: LiveObject) -> bool:
    """Whether this is a record of ours."""
    return live.key.kind == "Grant" and live.key.api_version.startswith(f"{OUR_GROUP}/")


def is_stray(live: LiveObject) -> bool:
    """Whether this carries our label and is not ours all the same."""
    return live.is_marked_ours and live.key.api_version.startswith(f"{RBAC_GROUP}/") and not is_grant_object(live)


def ending_order(key: ObjectKey) -> int:
    """The order in which objects of a grant end: what gives access first."""
    return 0 if key.kind in BINDINGS else 2 if key.kind in ROLES else 1
