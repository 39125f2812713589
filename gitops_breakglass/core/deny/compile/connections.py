"""Connections: requests that admission is shown without their verb, and whose name may say more than the object's name."""

from __future__ import annotations

from gitops_breakglass.core.rbac.cells import Cell, Verbs

_STREAMS = frozenset({"pods/exec", "pods/attach", "pods/portforward"})
_PROXIES = frozenset({"pods/proxy", "services/proxy", "nodes/proxy"})
_OPENS = frozenset({"create", "get"})
_WITH_SCHEME = 3


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
