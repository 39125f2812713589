"""What a request shows to those who judge it: admission sees some not at all, and some without a verb or a name."""

from __future__ import annotations

from gitops_breakglass.core.deny.compile.rights import NONE
from gitops_breakglass.core.rbac.cells import Cell, Verbs
from gitops_breakglass.model.enforcement import UNGUARDED_KINDS, InstalledGuard

LISTS = frozenset({"list", "watch"})
COLLECTION = "deletecollection"
_ADMITTED = frozenset({"create", "update", "patch", "delete", COLLECTION})
_UNSEEN = frozenset({"admissionregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io"})
"""Groups whose objects the API server does not show to admission policies (`pkg/kubeapiserver/admission/exclusion`)."""
_STREAMS = frozenset({"pods/exec", "pods/attach", "pods/portforward"})
_PROXIES = frozenset({"pods/proxy", "services/proxy", "nodes/proxy"})
_OPENS = frozenset({"create", "get"})
_WITH_SCHEME = 3


def seen(guard: InstalledGuard, cell: Cell, verbs: Verbs) -> Verbs:
    """Return the verbs that the guard on this cluster can refuse: those of requests that admission is shown."""
    if not guard.rules or cell[0] in guard.blind_groups or cell[0] in _UNSEEN or cell[:2] in UNGUARDED_KINDS:
        return NONE
    return verbs if is_connected(cell) else verbs & _ADMITTED


def nameless(cell: Cell, verbs: Verbs) -> Verbs:
    """Return the verbs whose requests name no object."""
    return frozenset(
        verb for verb in verbs if verb in LISTS or verb == COLLECTION or (verb == "create" and "/" not in cell[1])
    )


def is_connected(cell: Cell) -> bool:
    """Whether a request for it is a connection, which admission is shown whatever the verb, and without the verb."""
    return not cell[0] and cell[1] in _STREAMS | _PROXIES


def is_proxied(cell: Cell) -> bool:
    """Whether a request for it may name a port beside the object."""
    return not cell[0] and cell[1] in _PROXIES


def opening(cell: Cell, verbs: Verbs) -> Verbs:
    """Return the verbs that open the same stream as these: a POST asks for `create`, a websocket for `get`."""
    return _OPENS if not cell[0] and cell[1] in _STREAMS and verbs & _OPENS else frozenset()


def reached(cell: Cell, name: str) -> str:
    """Return the object that a name leads to: proxies take `name`, `name:port` and `scheme:name:port`."""
    parts = name.split(":") if is_proxied(cell) else [name]
    return parts[1] if len(parts) == _WITH_SCHEME else parts[0]
