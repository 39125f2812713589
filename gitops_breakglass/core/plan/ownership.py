"""What is ours: by label, name and kind together; anything less is somebody else's and is only reported."""

from __future__ import annotations

from enum import IntEnum

from gitops_breakglass.model.kube import (
    DECISION,
    NAMESPACE,
    OUR_GROUP,
    PARAMETERS_KIND,
    PREFIX,
    RBAC_GROUP,
    REQUEST,
    LiveObject,
    ObjectKey,
)
from gitops_breakglass.model.session_kinds import NAMESPACE_KIND, POD, REPLICA_SET, SESSION_KINDS

BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})
ROLES = frozenset({"Role", "ClusterRole"})
PARAMETERS = frozenset({PARAMETERS_KIND})
"""What deny policies keep from a grant: there before it, and until it has gone."""
RESOURCES = frozenset({"BreakglassSession", "Breakglass", "DebugSession"})
"""Upstream kinds that are written for people to read; they give no access and outlive the grant, a session by `retainFor`."""
WORKLOADS = frozenset({"Deployment", "DaemonSet"})
LIMITS = frozenset({"ResourceQuota", "LimitRange", "NetworkPolicy", "PodDisruptionBudget"})
"""What pods of a session are held to, so that none of them may be without."""

_SESSION = frozenset((each.api_version, each.kind) for each in SESSION_KINDS)
_NOBODYS = frozenset({NAMESPACE, "default"})
_SYSTEM = "kube-"


class Stage(IntEnum):
    """When an object of a grant ends: each stage is over before the next begins."""

    BINDING = 0
    WORKLOAD = 1
    REPLICA_SET = 2
    """After what would make another one, and before its pods, of which it would make others."""
    POD = 3
    OTHER = 4
    ROLE = 5
    PARAMETERS = 6
    LIMIT = 7
    """Not before the last pod of its session has gone."""
    NAMESPACE = 8


def is_grant_object(live: LiveObject) -> bool:
    """Whether this is RBAC of a grant of ours, an object of a debug session, or denies: all that ends with a grant.

    A namespace may have any name, so it takes the digest of the decision too.
    """
    marked = live.is_marked_ours and bool(live.labels.get(REQUEST)) and may_be_grant_object(live.key)
    return marked and (not is_namespace(live.key) or bool(live.annotations.get(DECISION)))


def may_be_grant_object(key: ObjectKey) -> bool:
    """Whether an object of this key can be one of a grant: what a record lists may be anything that somebody wrote."""
    if is_namespace(key):
        return key.name not in _NOBODYS and not key.name.startswith(_SYSTEM)
    rbac = key.kind in BINDINGS | ROLES and key.api_version.startswith(f"{RBAC_GROUP}/")
    return (rbac or is_parameters(key) or is_session_object(key)) and key.name.startswith(PREFIX)


def is_session_object(key: ObjectKey) -> bool:
    """Whether an object of this kind can be one of a debug session, beside its rights."""
    return (key.api_version, key.kind) in _SESSION


def is_namespace(key: ObjectKey) -> bool:
    """Whether this names a Namespace."""
    return (key.api_version, key.kind) == (NAMESPACE_KIND.api_version, NAMESPACE_KIND.kind)


def is_pod(key: ObjectKey) -> bool:
    """Whether this names a pod."""
    return (key.api_version, key.kind) == (POD.api_version, POD.kind)


def is_parameters(key: ObjectKey) -> bool:
    """Whether an object of this key says what deny policies keep from a grant."""
    return key.kind in PARAMETERS and key.api_version.startswith(f"{OUR_GROUP}/") and key.namespace == NAMESPACE


def is_record(live: LiveObject) -> bool:
    """Whether this is a record of ours."""
    return live.key.kind == "Grant" and live.key.api_version.startswith(f"{OUR_GROUP}/")


def is_stray(live: LiveObject) -> bool:
    """Whether this carries our label and is not ours all the same."""
    key = live.key
    ours = key.api_version.startswith(f"{RBAC_GROUP}/") or is_parameters(key) or is_session_object(key)
    return live.is_marked_ours and ours and not is_grant_object(live)


def ending_order(key: ObjectKey) -> Stage:
    """The order in which objects of a grant end: what gives access first, and what keeps something from it last."""
    if is_session_object(key):
        return _session_stage(key)
    if key.kind in BINDINGS:
        return Stage.BINDING
    if key.kind in ROLES:
        return Stage.ROLE
    return Stage.PARAMETERS if key.kind in PARAMETERS else Stage.OTHER


def _session_stage(key: ObjectKey) -> Stage:
    if key.kind in WORKLOADS:
        return Stage.WORKLOAD
    if key.kind == REPLICA_SET.kind:
        return Stage.REPLICA_SET
    if key.kind in LIMITS:
        return Stage.LIMIT
    return Stage.POD if is_pod(key) else Stage.NAMESPACE if is_namespace(key) else Stage.OTHER
