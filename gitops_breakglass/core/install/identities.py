"""Who reconciler and sweeper are on a cluster, and the rights that they hold beside the ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitops_breakglass.core.debug.needs import SessionNeeds
from gitops_breakglass.core.install.debug_rights import reconciler_debug_rules, sweeper_debug_rules
from gitops_breakglass.core.install.marks import GUARD_DENIES, GUARD_PODS, metadata
from gitops_breakglass.model.errors import UsageError
from gitops_breakglass.model.kube import (
    CLOUDNIMBUS_GROUP,
    GUARD_PARAMETERS,
    NAMESPACE,
    OUR_GROUP,
    RBAC,
    RBAC_GROUP,
    TELEKOM_GROUP,
    Manifest,
)
from gitops_breakglass.model.lease import COORDINATION, RECONCILER, SWEEPER

ROLES = ("clusterroles", "roles")
BINDINGS = ("clusterrolebindings", "rolebindings")
RBAC_RESOURCES = (*BINDINGS, *ROLES)
UPSTREAM = (
    (TELEKOM_GROUP, "breakglasssessions"),
    (TELEKOM_GROUP, "debugsessions"),
    (CLOUDNIMBUS_GROUP, "breakglasses"),
)
"""The upstream resources that are written beside a record, by group."""

ADMISSION_GROUP = "admissionregistration.k8s.io"
COORDINATION_GROUP = COORDINATION.partition("/")[0]
ADMISSION_RESOURCES = ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
POD_GUARDS = (GUARD_PODS, *(f"{GUARD_PODS}-{number}" for number in range(2, 10)))
"""The policies that guard pods, as many as there may be of them."""
GUARDS = (GUARD_DENIES, *POD_GUARDS)
"""What of the guard a run looks at, by name: without it in force less is granted."""

RECONCILER_ROLE = "gitops-breakglass-reconciler"
SWEEPER_ROLE = "gitops-breakglass-sweeper"

_ACCOUNT = "system:serviceaccount:"
_READ = ["get", "list", "watch"]
_WRITE = ["create", "update", "patch", "delete"]


def checked(reconciler: str, sweeper: str) -> None:
    """Raise UsageError where the two usernames can't be told apart, or belong to Kubernetes itself."""
    if reconciler == sweeper:
        raise UsageError(
            f"reconciler and sweeper are both {reconciler!r}",
            hint="give the sweeper a username of its own in breakglass.yaml: it must not be able to make anything",
        )
    for role, username in (("reconciler", reconciler), ("sweeper", sweeper)):
        account = username.startswith(_ACCOUNT) and len(username.split(":")) == 4 and all(username.split(":"))
        if not username or not username.isprintable() or (username.startswith("system:") and not account):
            raise UsageError(
                f"{username!r} can't be the {role}: names that begin with system: are Kubernetes' own",
                hint=f"use a service account ({_ACCOUNT}NAMESPACE:NAME) or a user of your identity provider",
            )


def service_accounts(*usernames: str) -> tuple[Manifest, ...]:
    """Return the service accounts among the usernames that live in our namespace; others are made elsewhere."""
    accounts = [_account(username) for username in usernames]
    return tuple(
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata(account[1], NAMESPACE),
            # Only the workload that is meant to act as it mounts its token, by saying so.
            "automountServiceAccountToken": False,
        }
        for account in accounts
        if account is not None and account[0] == NAMESPACE
    )


def reconciler_roles(needs: SessionNeeds) -> tuple[Manifest, ...]:
    """Return what the reconciler may do beyond the ceiling, cluster-wide and in our namespace.

    That it may write any Role and binding is contained twice: by the ceiling, since it holds neither `escalate` nor
    `bind`, and by the fence, which lets only objects of ours through.
    """
    upstream = [_rule(group, [name, f"{name}/status"], [*_READ, *_WRITE]) for group, name in UPSTREAM]
    ours = ["grants", "grants/status", "checkpoints", GUARD_PARAMETERS]
    return (
        _cluster_role(
            RECONCILER_ROLE,
            [
                _rule(RBAC_GROUP, RBAC_RESOURCES, [*_READ, *_WRITE]),
                # What deny policies are about: labels of namespaces, what pods may do, and who answers for a group.
                _rule("", ["namespaces"], ["get", "list"]),
                _rule("", ["pods"], ["list"]),
                _rule("apiregistration.k8s.io", ["apiservices"], ["list"]),
                {**_rule(ADMISSION_GROUP, ADMISSION_RESOURCES, ["get"]), "resourceNames": list(GUARDS)},
                *reconciler_debug_rules(needs),
            ],
        ),
        _role(
            RECONCILER_ROLE,
            [
                _rule(OUR_GROUP, ours, [*_READ, *_WRITE]),
                # What is written there is never changed, and the guard says so too.
                _rule(OUR_GROUP, ["ledgerpages"], [*_READ, "create"]),
                _rule(OUR_GROUP, ["trustroots"], _READ),
                *upstream,
                _rule(COORDINATION_GROUP, ["leases"], [*_READ, *_WRITE]),
            ],
        ),
    )


def sweeper_roles(needs: SessionNeeds) -> tuple[Manifest, ...]:
    """Return all that the sweeper may do: see, delete, and empty; it can make nothing."""
    upstream = [
        rule
        for group, name in UPSTREAM
        for rule in (_rule(group, [name], [*_READ, "delete"]), _rule(group, [f"{name}/status"], ["update", "patch"]))
    ]
    return (
        _cluster_role(
            SWEEPER_ROLE,
            [
                _rule(RBAC_GROUP, RBAC_RESOURCES, [*_READ, "delete"]),
                # Emptying a Role ends access where its binding resists; that takes no right to what the Role grants.
                _rule(RBAC_GROUP, ROLES, ["update", "patch"]),
                # For finalizers; the guard keeps subjects as they are.
                _rule(RBAC_GROUP, BINDINGS, ["patch"]),
                _namespaces(),
                *sweeper_debug_rules(needs),
            ],
        ),
        _role(
            SWEEPER_ROLE,
            [
                _rule(OUR_GROUP, ["checkpoints", "grants", "trustroots"], _READ),
                _rule(OUR_GROUP, [GUARD_PARAMETERS], [*_READ, "delete"]),
                _rule(OUR_GROUP, ["grants/status"], ["update", "patch"]),
                # It shows that it is at work, and looks whether the reconciler is.
                {**_rule(COORDINATION_GROUP, ["leases"], ["get"]), "resourceNames": [RECONCILER, SWEEPER]},
                {**_rule(COORDINATION_GROUP, ["leases"], ["update"]), "resourceNames": [SWEEPER]},
                *upstream,
            ],
        ),
    )


def bindings(role: str, username: str) -> tuple[Manifest, ...]:
    """Return the bindings of the username to the ClusterRole and to the Role of our namespace that have this name."""
    return (bound(role, username), _bound(role, username, "RoleBinding", "Role", metadata(role, NAMESPACE)))


def bound(role: str, username: str) -> Manifest:
    """Return the ClusterRoleBinding of the username to the ClusterRole; both have the same name."""
    return _bound(role, username, "ClusterRoleBinding", "ClusterRole", metadata(role))


def _bound(role: str, username: str, kind: str, role_kind: str, meta: dict[str, object]) -> Manifest:
    return {
        "apiVersion": RBAC,
        "kind": kind,
        "metadata": meta,
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": role_kind, "name": role},
        "subjects": [_subject(username)],
    }


def _subject(username: str) -> dict[str, str]:
    account = _account(username)
    if account is not None:
        return {"kind": "ServiceAccount", "namespace": account[0], "name": account[1]}
    return {"apiGroup": RBAC_GROUP, "kind": "User", "name": username}


def _account(username: str) -> tuple[str, str] | None:
    if not username.startswith(_ACCOUNT):
        return None
    place, _, name = username.removeprefix(_ACCOUNT).partition(":")
    return place, name


def _cluster_role(name: str, rules: Sequence[dict[str, Any]]) -> Manifest:
    return {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": metadata(name), "rules": list(rules)}


def _role(name: str, rules: Sequence[dict[str, Any]]) -> Manifest:
    return {"apiVersion": RBAC, "kind": "Role", "metadata": metadata(name, NAMESPACE), "rules": list(rules)}


def _rule(group: str, resources: Sequence[str], verbs: Sequence[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": sorted(resources), "verbs": list(verbs)}


def _namespaces() -> dict[str, Any]:
    # The uid of kube-system is the cluster's.
    return _rule("", ["namespaces"], ["get"])
