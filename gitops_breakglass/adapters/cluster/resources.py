"""Where objects of a kind are on an API server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from gitops_breakglass.core.install.admission import ADMISSION
from gitops_breakglass.model.errors import RefusedError
from gitops_breakglass.model.kube import (
    CLOUDNIMBUS_API,
    GUARD_PARAMETERS,
    MANAGED_BY,
    MANAGER,
    NAMESPACE,
    OUR_API,
    PARAMETERS_KIND,
    RBAC,
    REQUEST,
    TELEKOM_API,
    LiveObject,
    ObjectKey,
)
from gitops_breakglass.model.lease import COORDINATION, LEASE_KIND
from gitops_breakglass.model.session_kinds import POD, SESSION_KINDS


@dataclass(frozen=True)
class Resource:
    """One kind as an API server serves it; `name` is the plural that its paths have."""

    api_version: str
    kind: str
    name: str
    namespaced: bool = True


OURS = f"{MANAGED_BY}={MANAGER}"
"""The label selector of what carries our label."""
_OF_REQUESTS = f"{OURS},{REQUEST}"


@dataclass(frozen=True)
class Listing:
    """One list of a run; an empty `namespace` means all, and an empty `selector` also what lacks our label."""

    resource: Resource
    namespace: str = ""
    selector: str = OURS
    optional: bool = False
    """Whether the kind may be missing on a cluster."""
    since: str = ""
    """What an installation lacks that is older than this kind; such a one may not even list it, and still ends access."""
    quiet: bool = False
    """Whether an installation may have no need of the kind: that it may not be listed is told only where a record lists one."""


RBAC_KINDS = (
    Resource(RBAC, "Role", "roles"),
    Resource(RBAC, "RoleBinding", "rolebindings"),
    Resource(RBAC, "ClusterRole", "clusterroles", namespaced=False),
    Resource(RBAC, "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
)
STATE_KINDS = (
    Resource(OUR_API, "Grant", "grants"),
    Resource(OUR_API, "Checkpoint", "checkpoints"),
    Resource(OUR_API, "TrustRoot", "trustroots"),
)
PARAMETERS = Resource(OUR_API, PARAMETERS_KIND, GUARD_PARAMETERS)
"""What deny policies keep from grants, in force before they are and until they have gone."""
LEDGER_KIND = Resource(OUR_API, "LedgerPage", "ledgerpages")
"""In no list of a run: it only grows."""
LEASES = Resource(COORDINATION, LEASE_KIND, "leases")
"""In no list of a run: each is read by its name."""
ADMISSION_KINDS = (
    Resource(ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced=False),
    Resource(ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", namespaced=False),
)
PODS = Resource(POD.api_version, POD.kind, POD.resource)
UPSTREAM_KINDS = (
    Resource(TELEKOM_API, "BreakglassSession", "breakglasssessions"),
    Resource(CLOUDNIMBUS_API, "Breakglass", "breakglasses"),
)
DEBUG_SESSION = Resource(TELEKOM_API, "DebugSession", "debugsessions")
SESSION_RESOURCES = tuple(
    Resource(each.api_version, each.kind, each.resource, each.namespaced) for each in SESSION_KINDS
)
"""What debug sessions make, and what follows from it."""

LISTINGS = (
    *(Listing(each) for each in RBAC_KINDS),
    # Of an installation itself much carries our label, but no request's uid.
    *(Listing(each, selector=_OF_REQUESTS, optional=True, quiet=True) for each in SESSION_RESOURCES),
    Listing(PARAMETERS, NAMESPACE, optional=True, since="the guard on denies"),
    # A record whose label was taken off must not hide what it records, so the label is not asked for.
    *(Listing(each, NAMESPACE, selector="") for each in STATE_KINDS),
    *(Listing(each, NAMESPACE, optional=True) for each in UPSTREAM_KINDS),
    Listing(DEBUG_SESSION, NAMESPACE, optional=True, quiet=True),
)
"""What one run reads of one cluster."""

KNOWN = {
    (each.api_version, each.kind): each
    for each in (
        *RBAC_KINDS,
        *SESSION_RESOURCES,
        PARAMETERS,
        *STATE_KINDS,
        LEDGER_KIND,
        *UPSTREAM_KINDS,
        DEBUG_SESSION,
        *ADMISSION_KINDS,
        LEASES,
    )
}

_API_VERSION = re.compile(r"(?:[a-z0-9][a-z0-9.-]*/)?v[0-9][a-z0-9]*")
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NAME = re.compile(r"[^/%\x00-\x20\x7f]{1,253}")


def collection(resource: Resource, namespace: str = "") -> str:
    """Return the path of all objects of a kind; `namespace` is ignored for cluster-scoped kinds, and empty means all."""
    root = "/apis/" if "/" in resource.api_version else "/api/"
    within = f"/namespaces/{quote(namespace, safe='')}" if namespace and resource.namespaced else ""
    return f"{root}{resource.api_version}{within}/{resource.name}"


def object_path(resource: Resource, key: ObjectKey) -> str:
    """Return the path of one object; raises RefusedError where the key has a namespace too many or too few."""
    if resource.namespaced != bool(key.namespace):
        wanted = "needs a namespace" if resource.namespaced else "has no namespace"
        raise RefusedError(f"{key}: a {key.kind} {wanted}", hint="look at where this key was written down")
    return f"{collection(resource, key.namespace)}/{quote(key.name, safe='')}"


def checked(key: ObjectKey) -> ObjectKey:
    """Return the key; raises RefusedError for one that can't name an object.

    Keys also come from records, which someone may have altered: with an empty name, or with dots that a path swallows, a
    deletion would be one of the whole collection or of something else.
    """
    wrong = (
        not _API_VERSION.fullmatch(key.api_version)
        or (key.namespace and not _NAMESPACE.fullmatch(key.namespace))
        or not _NAME.fullmatch(key.name)
        or key.name in {".", ".."}
    )
    if wrong:
        raise RefusedError(
            f"{key!r} can't be the name of an object",
            hint="look at where this key was written down: a record, or a file",
        )
    return key


def preconditions(live: LiveObject) -> dict[str, str]:
    """Return what has to hold for a delete: it is that object.

    What deny policies keep from a grant has to be as it was seen, too: another run that has changed it since needs it.
    """
    exact = {"uid": live.uid}
    if live.key.kind == PARAMETERS_KIND:
        exact["resourceVersion"] = str(live.manifest["metadata"]["resourceVersion"])
    return exact
