"""The labels and annotations of a session's objects: those of its template, and its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitops_breakglass.core.debug.parts import Asking
from gitops_breakglass.core.debug.workload.told import Source, Told
from gitops_breakglass.core.names import session_object_name
from gitops_breakglass.model.kube import DOMAIN, MANAGED_BY

SESSION = f"{DOMAIN}/session"
"""Label: the session's name, by which its workload selects its pods."""
UPSTREAM_SESSION = "breakglass.telekom.com/debug-session"
"""The same by upstream's name, for selectors that were written for it."""
_ID = "session-labels"


def is_ours(key: str) -> bool:
    """Whether a label or annotation may be put on by us alone."""
    domain, slash, _ = key.rpartition("/")
    ours = bool(slash) and (domain == DOMAIN or domain.endswith(f".{DOMAIN}"))
    return ours or key in (MANAGED_BY, UPSTREAM_SESSION)


def own_labels(name: str) -> dict[str, str]:
    """Return the labels that every object and every pod of a session has."""
    return {SESSION: name, UPSTREAM_SESSION: name}


def object_metadata(asking: Asking, namespace: str, what: str) -> dict[str, Any]:
    """Return the metadata of an object that the session has beside its pods, or for them."""
    return {
        "name": session_object_name(asking.name, what),
        "namespace": namespace,
        "labels": {**asking.offer.labels, **own_labels(asking.name)},
        **({"annotations": dict(asking.offer.annotations)} if asking.offer.annotations else {}),
    }


def hold_labels(written: Mapping[str, object], source: Source, told: Told, *path: str) -> None:
    """Report the labels or annotations at a place that are no text, or that only we may put on."""
    for key, value in written.items():
        if not isinstance(value, str):
            told.problem(_ID, f"{key} has no text", source.at(*path, key), "write it in quotes")
        if is_ours(key):
            told.problem(
                _ID,
                f"{key} is a mark of this tool, by which it finds what it made",
                source.at(*path, key),
                "leave it out; it is put on by itself where it belongs",
            )
