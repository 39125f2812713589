"""Whether what is on a cluster is what this version installs: every field of ours, whatever the server adds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gitops_breakglass.model.kube import LiveObject, Manifest, ObjectKey, key_of
from gitops_breakglass.model.unread import Unread

_LEFT_OUT = frozenset({"apiVersion", "kind", "status"})


def compare(
    manifests: Iterable[Manifest], live: Mapping[ObjectKey, LiveObject | Unread | None]
) -> tuple[list[ObjectKey], list[ObjectKey], list[ObjectKey]]:
    """Return what is not there, what is there otherwise, and what could not be seen."""
    gone: list[ObjectKey] = []
    other: list[ObjectKey] = []
    hidden: list[ObjectKey] = []
    for manifest in manifests:
        key = key_of(manifest)
        found = live.get(key)
        if isinstance(found, Unread):
            hidden.append(key)
        elif found is None:
            gone.append(key)
        elif not all(
            has(found.manifest.get(name), wanted) for name, wanted in manifest.items() if name not in _LEFT_OUT
        ):
            other.append(key)
    return gone, other, hidden


def has(live: object, wanted: object) -> bool:
    """Whether a value has everything that is wanted of it; mappings may have more, and what is empty may be left out.

    Lists are as long as what is wanted: one rule, subject or expression more is another meaning.
    """
    if isinstance(wanted, Mapping):
        return all(has(live.get(name) if isinstance(live, Mapping) else None, each) for name, each in wanted.items())
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        if not isinstance(live, Sequence) or isinstance(live, str):
            return not wanted and live is None
        return len(live) == len(wanted) and all(has(*pair) for pair in zip(live, wanted, strict=True))
    return live == wanted or (live is None and not wanted)
