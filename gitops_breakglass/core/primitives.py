"""The rights that may be granted and lead to more rights, by name; those that are never granted have a table of their own."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_breakglass.core.rbac.algebra import canonical
from gitops_breakglass.core.rbac.cells import Cell, Verbs, cells_of, from_cells, held_by, wider
from gitops_breakglass.core.rbac.manifest import describe
from gitops_breakglass.model.rules import ALL, Rules

_READS = ("get", "list", "watch")
_MAKES = ("create", "patch", "update")
_CONNECTS = ("create", "get")


@dataclass(frozen=True)
class Primitive:
    """Verbs on kinds that are more than they look like."""

    id: str
    name: str
    why: str
    kinds: tuple[tuple[str, str], ...]
    """Groups and resources."""
    verbs: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A right of the table that rules hold; `rights` are what of it they hold, as phrases."""

    id: str
    name: str
    why: str
    rights: tuple[str, ...]


def _of(group: str, *resources: str) -> tuple[tuple[str, str], ...]:
    return tuple((group, resource) for resource in resources)


PRIMITIVES = (
    Primitive(
        "read-secrets",
        "reading secrets",
        "Passwords, keys and tokens that were read go on working after the window, for whoever has them.",
        _of("", "secrets"),
        _READS,
    ),
    Primitive(
        "write-secrets",
        "writing secrets",
        "A secret of the type for service accounts is filled by the cluster with a token that never ends.",
        _of("", "secrets"),
        _MAKES,
    ),
    Primitive(
        "exec",
        "running commands in pods",
        "A command in a container acts with its service account, reads its secrets and reaches its network.",
        _of("", "pods/exec"),
        _CONNECTS,
    ),
    Primitive(
        "attach",
        "attaching to pods",
        "Whoever is attached to a shell or a debugger in a container types into it.",
        _of("", "pods/attach"),
        _CONNECTS,
    ),
    Primitive(
        "port-forward",
        "forwarding ports",
        "A forwarded port reaches what listens for its own pod only, past every network policy.",
        _of("", "pods/portforward"),
        _CONNECTS,
    ),
    Primitive(
        "proxy",
        "reaching pods and services through the API server",
        "The API server makes the call, past network policies, to whatever trusts its address.",
        _of("", "pods/proxy", "services/proxy"),
        ("create", "delete", "get", "patch", "update"),
    ),
    Primitive(
        "ephemeral-containers",
        "putting containers into running pods",
        "An ephemeral container has an image of its holder's choice, and all that the pod has.",
        _of("", "pods/ephemeralcontainers"),
        ("patch", "update"),
    ),
    Primitive(
        "pods",
        "making or changing pods",
        "A pod may run as any service account of its namespace and mount any secret of it.",
        _of("", "pods"),
        _MAKES,
    ),
    Primitive(
        "workloads",
        "making or changing workloads",
        "Their controllers make the pods: with any service account and secret of the namespace, and after the window too.",
        (
            *_of("apps", "daemonsets", "deployments", "replicasets", "statefulsets"),
            *_of("batch", "cronjobs", "jobs"),
            *_of("", "replicationcontrollers"),
            *_of("extensions", "daemonsets", "deployments", "replicasets"),
        ),
        _MAKES,
    ),
    Primitive(
        "nodes-proxy",
        "reaching kubelets",
        "A kubelet runs commands in every pod of its node, and neither admission nor the audit log sees them.",
        _of("", "nodes/proxy"),
        ("create", "delete", "get", "patch", "update"),
    ),
    Primitive(
        "nodes",
        "changing nodes",
        "Labels and taints decide where pods run; who moves them can have them run beside code of their own.",
        _of("", "nodes", "nodes/status"),
        _MAKES,
    ),
    Primitive(
        "persistent-volumes",
        "making persistent volumes",
        "A volume with a hostPath is a folder of a node, and no rule for pods looks at it.",
        _of("", "persistentvolumes"),
        _MAKES,
    ),
    Primitive(
        "namespaces",
        "changing namespaces",
        "The labels of a namespace say how strict pod security is there, and which policies hold.",
        _of("", "namespaces"),
        ("patch", "update"),
    ),
    Primitive(
        "endpoints",
        "changing where services lead",
        "Traffic for a service, with the passwords in it, goes wherever its endpoints say.",
        (*_of("", "endpoints"), *_of("discovery.k8s.io", "endpointslices")),
        _MAKES,
    ),
)

_WILDCARD = Primitive(
    "wildcard",
    "everything of a kind",
    "A wildcard takes in what is added to the cluster later, which nobody can have reviewed.",
    (),
    (),
)


def primitives_in(rules: Rules) -> tuple[Found, ...]:
    """Return what of the table the rules hold, in its order, whether they spell it out or have a wildcard for it."""
    cells = cells_of(rules)
    rows = [(_WILDCARD, _wildcards(rules)), *((each, _held(cells, each)) for each in PRIMITIVES)]
    return tuple(Found(row.id, row.name, row.why, tuple(map(describe, rights))) for row, rights in rows if rights)


def _wildcards(rules: Rules) -> Rules:
    return tuple(each for each in rules if ALL in (*each.verbs, *each.api_groups, *each.resources))


def _held(cells: dict[Cell, Verbs], row: Primitive) -> Rules:
    """Return what of one row the cells hold, wildcards spelled out in the row's own words."""
    found: dict[Cell, Verbs] = {}
    for group, resource in row.kinds:
        for name in {name for _, _, name in cells}:
            held = held_by(cells, wider((group, resource, name)))
            found[group, resource, name] = frozenset(row.verbs) if ALL in held else held & frozenset(row.verbs)
    return canonical(from_cells(found, {}))
