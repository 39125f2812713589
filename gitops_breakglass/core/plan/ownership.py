"""What is ours: by label, name and kind together; anything less is somebody else's and is only reported."""

from __future__ import annotations

from gitops_breakglass.model.kube import (
    NAMESPACE,
    OUR_GROUP,
    PARAMETERS_KIND,
    PREFIX,
    RBAC_GROUP,
    REQUEST,
    LiveObject,
    ObjectKey,
)

BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})
ROLES = frozenset({"Role", "ClusterRole"})
PARAMETERS = frozenset({PARAMETERS_KIND})
"""What deny policies keep from a grant: there before it, and until it has gone."""
RESOURCES = frozenset({"BreakglassSession", "Breakglass"})
"""Upstream kinds that are written for people to read; they give no access and outlive the grant, a session by `retainFor`."""


def is_grant_object(live: LiveObject) -> bool:
    """Whether this is RBAC of a grant of ours, or its denies, which end with it."""
    return live.is_marked_ours and bool(live.labels.get(REQUEST)) and may_be_grant_object(live.key)


def may_be_grant_object(key: ObjectKey) -> bool:
    """Whether an object of this key can be one of a grant: what a record lists may be anything that somebody wrote."""
    rbac = key.kind in BINDINGS | ROLES and key.api_version.startswith(f"{RBAC_GROUP}/")
    return (rbac or is_parameters(key)) and key.name.startswith(PREFIX)


def is_parameters(key: ObjectKey) -> bool:
    """Whether an object of this key says what deny policies keep from a grant."""
    return key.kind in PARAMETERS and key.api_version.startswith(f"{OUR_GROUP}/") and key.namespace == NAMESPACE


def is_record(live: LiveObject) -> bool:
    """Whether this is a record of ours."""
    return live.key.kind == "Grant" and live.key.api_version.startswith(f"{OUR_GROUP}/")


def is_stray(live: LiveObject) -> bool:
    """Whether this carries our label and is not ours all the same."""
    ours = live.key.api_version.startswith(f"{RBAC_GROUP}/") or is_parameters(live.key)
    return live.is_marked_ours and ours and not is_grant_object(live)


def ending_order(key: ObjectKey) -> int:
    """The order in which objects of a grant end: what gives access first, and what keeps something from it last."""
    return 0 if key.kind in BINDINGS else 2 if key.kind in ROLES else 3 if key.kind in PARAMETERS else 1
